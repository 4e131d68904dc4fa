"""The attendants' PIN: kept as an argon2 hash in a file that only the kiosk's user reads."""

from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.offline import disk

FILE = "pin"
SHORTEST, LONGEST = 4, 12
# A kiosk's processor is small, and digits are few: what keeps them is the guard that locks after five tries.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hashed(pin: str) -> str:
    """The hash to keep. Raises ValueError for what is no PIN."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        raise ValueError(f"a PIN is {SHORTEST} to {LONGEST} digits")
    if len(set(pin)) == 1 or pin in "01234567890" or pin in "09876543210":
        raise ValueError("this is the first PIN that anybody would try")
    return _HASHER.hash(pin)


def keep(folder: Path, pin: str) -> Path:
    """Write the hash of a PIN into a kiosk's folder; the old one is good until then. Returns the file."""
    kept, file = f"{hashed(pin)}\n", folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    disk.replace(file, kept.encode("ascii"))
    return file


def is_right(folder: Path, pin: str) -> bool | None:
    """Whether this is the PIN; None where none was set, or its file cannot be read. Takes some 50 ms."""
    try:
        kept = (folder / FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    try:
        return _HASHER.verify(kept, pin)
    except VerificationError:
        return False
    except InvalidHashError:
        return None
