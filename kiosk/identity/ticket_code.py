"""The code on our own slips: `DL:` and a token, or the address of the patient's page."""

import re
from datetime import date

from kiosk.identity.values import OwnTicket, Unreadable, Why

# Upper case throughout, so that a QR code can use its denser alphanumeric mode; read in either case,
# because Caps Lock turns a keyboard scanner's letters around.
_TOKEN = "[0-9A-HJKMNP-TV-Z]{16,32}"  # noqa: S105 -- the alphabet of a token, not a secret
_SLIP = re.compile(f"DL:({_TOKEN})", re.IGNORECASE | re.ASCII)
_PAGE = re.compile(rf"https?://[^\s/?#]+(?:/[^\s?#]*)?/t/({_TOKEN})/?", re.IGNORECASE | re.ASCII)


def read(text: str, _today: date) -> OwnTicket | Unreadable | None:
    """Read one of our own slips; a slip whose token is damaged is broken, anything else not ours."""
    found = _SLIP.fullmatch(text) or _PAGE.fullmatch(text)
    if found:
        return OwnTicket(found[1].upper())
    return Unreadable(Why.BROKEN) if text[:3].upper() == "DL:" else None


def payload(token: str) -> str:
    """What a slip's QR code says for `token`: 19 characters for a token of 16: version 1 at level M."""
    return f"DL:{token.upper()}"
