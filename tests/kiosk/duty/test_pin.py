"""The attendants' PIN on the disk."""

import stat
from pathlib import Path

import pytest

from kiosk.duty import pin


def test_a_pin_is_kept_as_a_hash_that_only_its_user_reads(tmp_path: Path) -> None:
    file = pin.keep(tmp_path / "kiosk-1", "471108")
    assert "471108" not in file.read_text()
    assert file.read_text().startswith("$argon2id$")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert pin.is_right(file.parent, "471108") is True
    assert pin.is_right(file.parent, "471107") is False


def test_a_new_pin_replaces_the_old_one(tmp_path: Path) -> None:
    pin.keep(tmp_path, "471108")
    pin.keep(tmp_path, "582219")
    assert pin.is_right(tmp_path, "471108") is False
    assert pin.is_right(tmp_path, "582219") is True
    assert [file.name for file in tmp_path.iterdir()] == [pin.FILE]


@pytest.mark.parametrize("kept", ["", "no hash", "\xff"])
def test_without_a_hash_that_can_be_read_there_is_no_pin(tmp_path: Path, kept: str) -> None:
    assert pin.is_right(tmp_path, "471108") is None
    (tmp_path / pin.FILE).write_text(kept, encoding="latin-1")
    assert pin.is_right(tmp_path, "471108") is None


@pytest.mark.parametrize("digits", ["", "123", "12ab", "1234567890123", "١٢٣٤", "0000", "1234", "4321"])
def test_what_is_no_pin_or_the_first_that_is_tried_is_refused(tmp_path: Path, digits: str) -> None:
    with pytest.raises(ValueError, match="PIN"):
        pin.keep(tmp_path, digits)
    assert list(tmp_path.iterdir()) == []
