"""Spelling a Vietnamese name with plain letters and tone keys: what a key makes of what stands there. Pure.

A syllable is what stands after the last space, hyphen or apostrophe. A mark goes to its last vowel that
takes one. A tone goes where the older spelling has it, as most people's papers do: on the vowel with a mark,
the last of several (`Nguyễn`, `Hương`); else before a final consonant on the last vowel (`Toàn`, `Huỳnh`);
else on the middle one of three (`Hoài`) and the first of two (`Hòa`, `Thúy`). The glides of `qu` and `gi` are
no vowels where another follows (`Quý`, `Già`). Later letters move a tone to its place. The same key again
takes it back.

What a keyboard writes by itself, letters with their accents in one piece or in two, stays as it came.
"""

import unicodedata
from enum import Enum
from itertools import pairwise

from kiosk.identity import names

LONGEST = names.LONGEST


class Mark(Enum):
    """What a key does to a vowel; its value is the combining mark."""

    BREVE = "\u0306"
    CIRCUMFLEX = "\u0302"
    HORN = "\u031b"


class Tone(Enum):
    """The five tones that are written; the sixth is none of them."""

    SAC = "\u0301"
    HUYEN = "\u0300"
    HOI = "\u0309"
    NGA = "\u0303"
    NANG = "\u0323"


Accent = Mark | Tone

_TONES = frozenset(tone.value for tone in Tone)
_TAKE = {Mark.BREVE: "aeiou", Mark.CIRCUMFLEX: "aeo", Mark.HORN: "ou"}
_VOWELS = frozenset("aeiouy")
_ENDS_SYLLABLE = frozenset(" -'\u2019")
_BETWEEN = frozenset(" -'\u2019.")


def typed(name: str, character: str) -> str:
    """The name with one character more: a letter, what parts words, or a combining mark for the letter before
    it.

    Words begin with a capital. What belongs in no name changes nothing.
    """
    if len(name) >= LONGEST or len(character) != 1:
        return name
    if character in _BETWEEN:
        return name + character if name and name[-1] not in " -" else name
    if unicodedata.combining(character):
        with_mark = unicodedata.normalize("NFC", name + character)
        return with_mark if name and name[-1].isalpha() and _is_letter(with_mark[-1]) else name
    if not _is_letter(character):
        return name
    begins = not name or name[-1] in _ENDS_SYLLABLE
    letter = unicodedata.normalize("NFC", character)
    longer = name + (letter.upper() if begins else letter)
    # A letter that came with its own tone knows where that belongs.
    return longer if _parted(letter)[2] else _tone_in_place(longer)


def erased(name: str) -> str:
    """Without its last character, and without the tone that has no place any more."""
    return _tone_in_place(name[:-1])


def accented(name: str, accent: Accent) -> str:
    """With this mark or tone in the last syllable, or without it where it was; the name itself where it
    fits nowhere."""
    start, syllable = _last_syllable(name)
    letters = _letters(syllable)
    changed = _marked(letters, accent) if isinstance(accent, Mark) else _toned(letters, accent)
    return name[:start] + _composed(changed) if changed is not None else name


def _is_letter(character: str) -> bool:
    # Ê Đê, Gia Rai and Ba Na names use more than the Vietnamese alphabet.
    return unicodedata.category(character) in ("Lu", "Ll") and "LATIN" in unicodedata.name(character, "")


def _last_syllable(name: str) -> tuple[int, str]:
    start = next((place + 1 for place in range(len(name) - 1, -1, -1) if name[place] in _ENDS_SYLLABLE), 0)
    return start, name[start:]


# Letters are lists of base, marks and tone ---------------------------------------------------------------

_Letter = tuple[str, str, str]


def _letters(syllable: str) -> list[_Letter]:
    return [_parted(letter) for letter in syllable]


def _parted(letter: str) -> _Letter:
    parts = unicodedata.normalize("NFD", letter)
    base, marks = parts[0], parts[1:]
    tone = next((mark for mark in marks if mark in _TONES), "")
    return base, "".join(mark for mark in marks if mark not in _TONES), tone


def _composed(letters: list[_Letter]) -> str:
    return unicodedata.normalize("NFC", "".join("".join(letter) for letter in letters))


def _is_vowel(letter: _Letter) -> bool:
    return letter[0].lower() in _VOWELS


def _marked(letters: list[_Letter], mark: Mark) -> list[_Letter] | None:
    takers = [place for place, letter in enumerate(letters) if letter[0].lower() in _TAKE[mark]]
    if mark is Mark.BREVE:
        # Only Ê Đê and its neighbours put it on another vowel than a.
        takers = [place for place in takers if letters[place][0].lower() == "a"] or takers
    if not takers:
        return None
    marks = _horned(letters, takers) if mark is Mark.HORN else {}
    if not marks:
        last = takers[-1]
        marks = {last: "" if letters[last][1] == mark.value else mark.value}
    changed = [(base, marks.get(place, was), tone) for place, (base, was, tone) in enumerate(letters)]
    return _with_tone_in_place(changed)


def _horned(letters: list[_Letter], takers: list[int]) -> dict[int, str]:
    """The horns where vowels share them: `uo` becomes `ươ`, then `uơ` as in `Thuở`; `uu` becomes `ưu`."""
    horn = Mark.HORN.value
    for first, second in pairwise(reversed(takers)):
        two = letters[second][0].lower() + letters[first][0].lower()
        if first - second != 1 or (second and letters[second - 1][0].lower() == "q"):
            continue
        has = (letters[second][1] == horn, letters[first][1] == horn)
        if two == "uo":
            now = {(True, True): ("", horn), (False, True): ("", "")}.get(has, (horn, horn))
            return {second: now[0], first: now[1]}
        if two == "uu":
            return {second: "" if has[0] else horn}
    return {}


def _toned(letters: list[_Letter], tone: Tone) -> list[_Letter] | None:
    place = _place_of_tone(letters)
    if place is None:
        return None
    had = any(letter[2] == tone.value for letter in letters)
    bare = [(base, marks, "") for base, marks, _ in letters]
    if not had:
        bare[place] = (bare[place][0], bare[place][1], tone.value)
    return bare


def _tone_in_place(name: str) -> str:
    start, syllable = _last_syllable(name)
    return name[:start] + _composed(_with_tone_in_place(_letters(syllable)))


def _with_tone_in_place(letters: list[_Letter]) -> list[_Letter]:
    tones = [letter[2] for letter in letters if letter[2]]
    place = _place_of_tone(letters)
    if len(tones) != 1 or place is None:
        return letters
    bare = [(base, marks, "") for base, marks, _ in letters]
    bare[place] = (bare[place][0], bare[place][1], tones[0])
    return bare


def _place_of_tone(letters: list[_Letter]) -> int | None:
    """Where the tone of a syllable belongs; None where there is no vowel."""
    vowels = _vowels(letters)
    if not vowels:
        return None
    marked = [place for place in vowels if letters[place][1]]
    if marked:
        return marked[-1]
    if vowels[-1] < len(letters) - 1:
        return vowels[-1]
    return vowels[1] if len(vowels) > 2 else vowels[0]


def _vowels(letters: list[_Letter]) -> list[int]:
    """The places of the vowels that stand together first, without the glide of `qu` and `gi`."""
    first = next((place for place, letter in enumerate(letters) if _is_vowel(letter)), None)
    if first is None:
        return []
    places = [first]
    while places[-1] + 1 < len(letters) and _is_vowel(letters[places[-1] + 1]):
        places.append(places[-1] + 1)
    before = letters[first - 1][0].lower() if first else ""
    glide = before + letters[first][0].lower()
    if len(places) > 1 and glide in ("qu", "gi") and not letters[first][1]:
        return places[1:]
    return places
