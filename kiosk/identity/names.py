"""Names as they survive a scanner."""

import re
import unicodedata

LONGEST = 100

_VIETNAMESE = frozenset("ăâđêôơưĂÂĐÊÔƠƯ")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
# Letters that look like Đ and Ư in some fonts and are typed or printed in their place; and what keyboards
# without an apostrophe or a hyphen put there. Others that look the same (U+2018, U+00B4, U+2013) are left
# alone: they are what garbled Vietnamese letters turn into.
_LOOK_ALIKES = str.maketrans("ÐƉðɖƢƣ`\u02bc\u2010\u2011", "ĐĐđđƯư''--")
_BETWEEN_LETTERS = frozenset(" '\u2019-.")
# What the second byte of a Vietnamese letter becomes when UTF-8 is read as Windows-1252.
_TRACES = frozenset("ƒŠŒŽšœžŸ")


def legible(text: str) -> str | None:
    """The name as it stands on the card, in NFC with single spaces; `None` if it arrived garbled.

    One word is enough, apostrophes, hyphens and dots are part of names; no name is better than a wrong
    one, because the number alone identifies.
    """
    name = re.sub(" +", " ", unicodedata.normalize("NFC", repaired(text)).translate(_LOOK_ALIKES)).strip(" ")
    if not 1 <= len(name) <= LONGEST or _is_misread(name):
        return None
    has_letter = any(character.isalpha() for character in name)
    return name if has_letter and all(_belongs_in_a_name(character) for character in name) else None


def repaired(text: str) -> str:
    """Turn UTF-8 that was read as Latin-1 back, if nothing was lost and Vietnamese comes out of it."""
    try:
        candidate = text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
    return candidate if _is_vietnamese(candidate) else text


def _is_misread(name: str) -> bool:
    try:
        name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return not name.isascii()


def _is_vietnamese(text: str) -> bool:
    decomposed = unicodedata.normalize("NFD", text)
    return any(character in _VIETNAMESE for character in text) or any(mark in _TONES for mark in decomposed)


def _belongs_in_a_name(character: str) -> bool:
    if character in _BETWEEN_LETTERS:
        return True
    if character in _TRACES:
        return False
    # Wider than the Vietnamese alphabet: Ê Đê, Gia Rai and Ba Na names use letters such as Č, Ŏ and Ŭ.
    category = unicodedata.category(character)
    return category in ("Lu", "Ll", "Mn") and (
        category == "Mn" or unicodedata.name(character, "").startswith("LATIN ")
    )
