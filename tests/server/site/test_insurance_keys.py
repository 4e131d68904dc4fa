"""The section [insurance]: off without it, refused without a named member of staff."""

from pathlib import Path

import pytest

from queue_server import site
from queue_server.insurance.account import ENVIRONMENT

SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
ACCOUNT = """
username = "79999_BV"
password = "bí mật"
staff_name = "Lê Thị Ví Dụ"
staff_id = "079185000001"
"""
GOOD = """
[insurance]
url = "https://egw.baohiemxahoi.gov.vn"
account = "insurance.toml"
"""


@pytest.fixture(autouse=True)
def _no_account_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)


def _written(folder: Path, section: str, account: str | None = ACCOUNT) -> Path:
    file = folder / "site.toml"
    file.write_text(SMALL + section, encoding="utf-8")
    if account is not None:
        secret = folder / "insurance.toml"
        secret.write_text(account, encoding="utf-8")
        secret.chmod(0o600)
    return file


def _mistakes(folder: Path, section: str, account: str | None = ACCOUNT) -> list[site.Mistake]:
    file = _written(folder, section, account)
    found = [mistake for mistake in site.check(file) if not mistake.warning]
    with pytest.raises(site.SiteMistakes):
        site.load(file)
    return found


def test_without_the_section_nobody_is_looked_up(tmp_path: Path) -> None:
    found = site.load(_written(tmp_path, ""))
    assert found.insurance is None
    assert not found.facility.insurance_lookup


def test_the_section_and_its_account(tmp_path: Path) -> None:
    found = site.load(_written(tmp_path, GOOD + 'timeout = 4\nat_once = 3\nfrom = "06:00"\nto = "17:30"\n'))
    assert found.facility.insurance_lookup
    settings = found.insurance
    assert settings is not None
    assert (settings.url, settings.timeout, settings.at_once) == ("https://egw.baohiemxahoi.gov.vn", 4, 3)
    assert (settings.opens, settings.ends) == (360, 1050)
    assert settings.account.staff_name == "Lê Thị Ví Dụ"
    assert "bí mật" not in repr(found)
    assert "Lê Thị" not in repr(found)


def test_what_is_left_out_has_a_sensible_meaning(tmp_path: Path) -> None:
    settings = site.load(_written(tmp_path, GOOD)).insurance
    assert settings is not None
    assert (settings.timeout, settings.at_once, settings.opens, settings.ends) == (10, 2, 0, 1440)


def test_the_account_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (line.split(" = ") for line in ACCOUNT.strip().splitlines()):
        monkeypatch.setenv(ENVIRONMENT[name], value.strip('"'))
    section = GOOD.replace('account = "insurance.toml"\n', "")
    settings = site.load(_written(tmp_path, section, None)).insurance
    assert settings is not None
    assert settings.account.staff_id == "079185000001"


def test_nobody_is_looked_up_without_a_named_member_of_staff(tmp_path: Path) -> None:
    nameless = "".join(line for line in ACCOUNT.splitlines(keepends=True) if "staff" not in line)
    found = _mistakes(tmp_path, GOOD, nameless)
    assert [mistake.where for mistake in found] == ["insurance.account", "insurance.account"]
    assert found[0].line == (SMALL + GOOD).splitlines().index('account = "insurance.toml"') + 1
    assert "staff_name" in found[0].problem
    assert "take [insurance] out" in found[0].advice


def test_an_account_that_is_nowhere(tmp_path: Path) -> None:
    (found,) = _mistakes(tmp_path, GOOD, None)
    assert "cannot be read" in found.problem
    section = GOOD.replace('account = "insurance.toml"\n', "")
    assert {ENVIRONMENT[name] in str(_mistakes(tmp_path, section, None)) for name in ENVIRONMENT} == {True}


def test_an_account_that_others_may_read(tmp_path: Path) -> None:
    file = _written(tmp_path, GOOD)
    (tmp_path / "insurance.toml").chmod(0o644)
    assert any("chmod 600" in mistake.problem for mistake in site.check(file))


@pytest.mark.parametrize(
    ("written", "where", "problem"),
    [
        ('url = "http://egw.baohiemxahoi.gov.vn"', "insurance.url", "readable for everybody"),
        ('url = "egw.baohiemxahoi.gov.vn"', "insurance.url", "no address"),
        ('url = "https://egw.baohiemxahoi.gov.vn/api/token/take"', "insurance.url", "no address"),
        ('url = "https://user:word@egw.baohiemxahoi.gov.vn"', "insurance.url", "no address"),
        ('url = "https://egw.baohiemxahoi.gov.vn"\ntimeout = 0', "insurance.timeout", "too small"),
        ('url = "https://egw.baohiemxahoi.gov.vn"\nat_once = 99', "insurance.at_once", "too large"),
        (
            'url = "https://egw.baohiemxahoi.gov.vn"\nfrom = "17:00"\nto = "06:00"',
            "insurance.to",
            "not after",
        ),
        ('url = "https://egw.baohiemxahoi.gov.vn"\npassword = "x"', "insurance.password", "not known here"),
    ],
)
def test_mistakes(tmp_path: Path, written: str, where: str, problem: str) -> None:
    section = GOOD.replace('url = "https://egw.baohiemxahoi.gov.vn"', written)
    (found,) = _mistakes(tmp_path, section)
    assert found.where == where
    assert problem in found.problem


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"])
def test_a_portal_on_this_machine_may_do_without_tls(tmp_path: Path, url: str) -> None:
    settings = site.load(_written(tmp_path, GOOD.replace("https://egw.baohiemxahoi.gov.vn", url))).insurance
    assert settings is not None
    assert settings.url == url
