"""The account of the portal: never in the site file, never in a message."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from queue_server.insurance.account import ENVIRONMENT, AccountMistakes, load

WRITTEN = {
    "username": "79999_BV",
    "password": "một mật khẩu",
    "staff_name": "Lê Thị Ví Dụ",
    "staff_id": "079185000001",
}


def _file(folder: Path, changed: Mapping[str, str | None] | None = None, mode: int = 0o600) -> Path:
    path = folder / "insurance.toml"
    lines = {**WRITTEN, **(changed or {})}
    path.write_text(
        "".join(f'{name} = "{value}"\n' for name, value in lines.items() if value is not None),
        encoding="utf-8",
    )
    path.chmod(mode)
    return path


def _mistakes(path: Path | None, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(AccountMistakes) as caught:
        load(path, environment or {})
    said = str(caught.value)
    assert all(secret not in said for secret in (WRITTEN["password"], WRITTEN["staff_id"], "79999_BV"))
    return said


def test_a_file_is_read_and_the_password_is_hashed_as_the_portal_wants_it(tmp_path: Path) -> None:
    account = load(_file(tmp_path), {})
    assert account.password_hash == hashlib.md5("một mật khẩu".encode()).hexdigest().upper()
    assert (account.username, account.staff_name) == ("79999_BV", "Lê Thị Ví Dụ")


def test_without_a_file_it_comes_from_the_environment() -> None:
    account = load(None, {ENVIRONMENT[name]: value for name, value in WRITTEN.items()})
    assert account.staff_id == "079185000001"


def test_an_account_does_not_show_itself(tmp_path: Path) -> None:
    shown = repr(load(_file(tmp_path), {}))
    assert all(value not in shown for value in WRITTEN.values())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    assert "chmod 600" in _mistakes(_file(tmp_path, mode=mode))


@pytest.mark.parametrize("name", [*WRITTEN])
def test_nothing_may_be_missing(tmp_path: Path, name: str) -> None:
    assert f"has no {name}" in _mistakes(_file(tmp_path, {name: None}))


def test_the_environment_names_what_it_lacks() -> None:
    said = _mistakes(None)
    assert all(name in said for name in ENVIRONMENT.values())


@pytest.mark.parametrize("number", ["07918500000", "0791850000011", "07918500000A", "CCCD"])
def test_the_named_person_has_a_citizen_number(tmp_path: Path, number: str) -> None:
    assert "twelve digits" in _mistakes(_file(tmp_path, {"staff_id": number}))


def test_an_empty_name_names_nobody(tmp_path: Path) -> None:
    assert "staff_name" in _mistakes(_file(tmp_path, {"staff_name": " "}))


def test_what_is_not_known_is_told(tmp_path: Path) -> None:
    assert "not known here: pasword" in _mistakes(_file(tmp_path, {"pasword": "x"}))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read" in _mistakes(tmp_path / "none.toml")


def test_a_file_that_is_not_toml_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "insurance.toml"
    path.write_text('password = "một mật khẩu\n', encoding="utf-8")
    path.chmod(0o600)
    assert "is not TOML" in _mistakes(path)
    path.write_bytes(b"\xff\xfe")
    assert "UTF-8" in _mistakes(path)
