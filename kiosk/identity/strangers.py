"""Codes that people hold in front of a kiosk and that say nothing about who they are.

Each has its own advice on the screen, so each is told apart.
"""

import re
from datetime import date

from kiosk.identity.values import Unreadable, Why

_ADDRESS = re.compile(
    # Any scheme, and the domains that are written without one on posters and in applications.
    r"(?:[a-z][a-z0-9+.-]*://|www\.|(?:mailto|tel|sms|wifi|geo):)"
    r"|(?:[a-z0-9-]+\.)+(?:vn|com|net|org|me|info|io|app|gl|ly|link|page|shop|store)(?:[/?#:]\S*)?\Z",
    re.IGNORECASE | re.ASCII,
)
_COVID_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|\*+")
_TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]*\.[\w-]*", re.ASCII)
_OPAQUE = 100


def payment(text: str) -> Unreadable | None:
    """VietQR and other merchant codes: EMVCo opens them with the payload format "01" under tag 00."""
    if text.startswith("000201") and len(text) > len("000201000000"):
        return Unreadable(Why.PAYMENT_CODE)
    return None


def web_address(text: str) -> Unreadable | None:
    """An address in the web, or another that a phone would open."""
    return Unreadable(Why.WEB_ADDRESS) if _ADDRESS.match(text) else None


def covid(text: str, _today: date) -> Unreadable | None:
    """The health declaration code of 2021: its first part may look like a citizen number."""
    parts = [part.strip(" ") for part in text.split("|")]
    if 5 <= len(parts) <= 7 and parts[3] in ("0", "1") and _COVID_DATE.match(parts[2]):
        return Unreadable(Why.COVID_CODE)
    return None


def vneid(text: str) -> Unreadable | None:
    """The code on the VNeID screen: an opaque, short-lived token that only its issuer can open."""
    is_opaque = len(text) > _OPAQUE and "|" not in text and text[0] not in "{["
    return Unreadable(Why.VNEID) if _TOKEN.fullmatch(text) or is_opaque else None
