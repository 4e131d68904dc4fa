"""Telephone numbers as people type them."""

import re
from datetime import date

from kiosk.identity.digits import closed_up
from kiosk.identity.values import Phone

_SEPARATORS = str.maketrans("", "", "()/")
# The loose rule: public prefix lists forget whole operators (087, 055, 052), so any 03, 05, 07, 08, 09
# number counts. A bare 84 is taken for mobiles only: with a land line it would be 12 digits long, like
# a citizen number.
_MOBILE = re.compile(r"(?:0|\+840?|00840?|84)([35789][0-9]{8})")
_LAND_LINE = re.compile(r"(?:0|\+840?|00840?)(2[0-9]{9})")


def read(text: str, _today: date) -> Phone | None:
    """Read a Vietnamese mobile or land line number, national or international."""
    digits = closed_up(text).translate(_SEPARATORS)
    found = _MOBILE.fullmatch(digits) or _LAND_LINE.fullmatch(digits)
    return Phone(f"+84{found[1]}") if found else None
