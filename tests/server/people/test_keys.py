from pathlib import Path

import pytest

from queue_server.people import KeyFileBroken, KeyFileExposed, Keys, load_keys
from queue_server.people.keys import Unreadable


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.key"
    first = load_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_keys(path) == first
    assert [item.name for item in tmp_path.iterdir()] == ["people.key"]
    assert load_keys(tmp_path / "other.key") != first


def test_a_key_file_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.key"
    load_keys(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileExposed, match="chmod 600"):
        load_keys(path)


@pytest.mark.parametrize("text", ["", "not hex", "00" * 31])
def test_a_file_that_holds_no_key_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "people.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyFileBroken):
        load_keys(path)
    assert path.read_text() == text


def test_what_is_sealed_opens_for_the_same_person_and_key_only() -> None:
    keys, others = Keys(bytes(32)), Keys(bytes(31) + b"x")
    sealed = keys.seal("person-1", b"An")
    assert keys.unseal("person-1", sealed) == b"An"
    assert sealed != keys.seal("person-1", b"An")
    for key, person, bytes_ in (
        (keys, "person-2", sealed),
        (others, "person-1", sealed),
        (keys, "person-1", sealed[:-1]),
        (keys, "person-1", b"\x02" + sealed[1:]),
        (keys, "person-1", b""),
    ):
        with pytest.raises(Unreadable):
            key.unseal(person, bytes_)


def test_hashes_need_the_key_and_the_repr_says_nothing() -> None:
    keys, others = Keys(bytes(32)), Keys(bytes(31) + b"x")
    assert keys.index("card", "1") == keys.index("card", "1")
    assert len({keys.index("card", "1"), keys.index("card", "2"), others.index("card", "1")}) == 3
    assert keys.digest(b"1") != others.digest(b"1")
    assert repr(keys) == "Keys()"
