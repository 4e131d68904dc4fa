"""Who looks cards up: the portal's account and the named member of staff who answers for it.

It never stands in the site file, which is copied and shown around: it is a file that its owner alone may
read, or the environment. A card is looked up in somebody's name; without one there is no look-up.

AccountMistakes   the account cannot be used; `mistakes` says what is wrong and what to write instead
"""

import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FIELDS = {
    "username": "the hospital's account at the portal",
    "password": "its password",
    "staff_name": "the full name of the member of staff who looks up",
    "staff_id": "the twelve digits of that person's citizen card",
}
ENVIRONMENT = {name: f"DENLUOT_INSURANCE_{name.upper()}" for name in FIELDS}

_LONGEST = 200
_CITIZEN = re.compile(r"[0-9]{12}")


class AccountMistakes(Exception):
    """The account cannot be used."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        """mistakes: none of them repeats what the file holds."""
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class Account:
    """password_hash: MD5 in capital hexadecimal digits, as the portal demands it."""

    username: str = field(repr=False)
    password_hash: str = field(repr=False)
    staff_name: str = field(repr=False)
    staff_id: str = field(repr=False)


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Account:
    """Read the account from its file, without one from the environment. Raises AccountMistakes."""
    if path is None:
        source = "the environment"
        written: Mapping[str, object] = {
            name: environment[key] for name, key in ENVIRONMENT.items() if environment.get(key)
        }
        called: Mapping[str, str] = ENVIRONMENT
    else:
        source, written, called = str(path), _read(path), {name: name for name in FIELDS}
    return _account(source, written, called)


def _read(path: Path) -> dict[str, object]:
    try:
        # Opened first: what is checked is what is read.
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise AccountMistakes([f"{path} can be read by others than its owner: chmod 600 {path}"])
            text = file.read(65_536).decode("utf-8-sig")
    except OSError as error:
        raise AccountMistakes([f"{path} cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise AccountMistakes([f"{path} is not UTF-8: save it as UTF-8"]) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # The parser's own words may repeat a piece of the password.
        advice = 'write one line for each of them, as in username = "…"'
        raise AccountMistakes([f"{path} is not TOML; {advice}"]) from None


def _account(source: str, written: Mapping[str, object], called: Mapping[str, str]) -> Account:
    mistakes = []
    found: dict[str, str] = {}
    for name, what in FIELDS.items():
        value = written.get(name)
        if value is None:
            mistakes.append(f"{source} has no {called[name]}: {what}")
        elif not isinstance(value, str) or not value.strip() or not value.isprintable():
            mistakes.append(f"{source}: {called[name]} is no text; it is {what}")
        elif len(value) > _LONGEST:
            mistakes.append(f"{source}: {called[name]} is longer than {_LONGEST} characters")
        else:
            found[name] = value if name == "password" else unicodedata.normalize("NFC", value.strip())
    if "staff_id" in found and not _CITIZEN.fullmatch(found["staff_id"]):
        mistakes.append(f"{source}: {called['staff_id']} is not {FIELDS['staff_id']}")
    unknown = sorted(written.keys() - FIELDS.keys())
    if unknown:
        mistakes.append(f"{source}: not known here: {', '.join(unknown)}; known are {', '.join(FIELDS)}")
    if mistakes:
        raise AccountMistakes(mistakes)
    # What the portal asks for; it protects nothing, whoever has it has the account.
    hashed = hashlib.md5(found["password"].encode(), usedforsecurity=False).hexdigest().upper()
    return Account(found["username"], hashed, found["staff_name"], found["staff_id"])
