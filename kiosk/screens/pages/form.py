"""Without a card: a name by letters and tone keys, a birth, whom to call; and what becomes of all that."""

from kiosk.identity import (
    Ambiguous,
    CitizenNumber,
    HospitalCode,
    InsuranceNumber,
    OldNumber,
    Phone,
    Plain,
    Why,
)
from kiosk.journey.spelling import Accent, Mark, Tone
from kiosk.journey.values import Accented, Act, Asked, Character, Digits, Form, Notice, TheyAre
from kiosk.screens.page import Line, Option, Page, Voice
from kiosk.screens.page import Tone as Look
from kiosk.screens.pages.layout import listed, numbered, paired
from kiosk.screens.pages.telling import Telling

_LETTERS = ("qwertyuiop", "asdfghjklđ", "zxcvbnm'-")
_ACCENTS: tuple[tuple[str, Accent], ...] = (
    ("Ă", Mark.BREVE),
    ("Â", Mark.CIRCUMFLEX),
    ("Ơ", Mark.HORN),
    ("Á", Tone.SAC),
    ("À", Tone.HUYEN),
    ("Ả", Tone.HOI),
    ("Ã", Tone.NGA),
    ("Ạ", Tone.NANG),
)
_CALLED = {
    Tone.SAC: "sắc",
    Tone.HUYEN: "huyền",
    Tone.HOI: "hỏi",
    Tone.NGA: "ngã",
    Tone.NANG: "nặng",
    Mark.BREVE: "",
    Mark.CIRCUMFLEX: "Ê Ô",
    Mark.HORN: "Ư",
}
_ROOM_FOR_NAMES = 80
"""Columns from which the accent keys say their names too."""


def form(tell: Telling, stage: Form) -> Page:
    """One question of the form."""
    match stage.asked:
        case Asked.NAME | Asked.GUARDIAN:
            return _name(tell, stage)
        case Asked.BIRTH:
            return _birth(tell, stage)
        case Asked.PHONE:
            return _phone(tell, stage)


def _name(tell: Telling, stage: Form) -> Page:
    words = tell.words
    is_guardian = stage.asked is Asked.GUARDIAN
    title = words.form_guardian if is_guardian else words.form_name[stage.who]
    erase = Option("←", Act.ERASE, Look.QUIET)
    letters = [tuple(map(_letter, row)) for row in _LETTERS]
    letters[-1] = (*letters[-1], erase)
    accents = tuple(Option(_accent(tell, *each), Accented(each[1]), Look.OFF) for each in _ACCENTS)
    space = Option(words.key_space, Character(" "), Look.KEY, share=2)
    done = Option(words.type_done, Act.ENTER, Look.MAIN, share=2)
    means = (words.form_skip, Act.SKIP) if is_guardian else (words.notice_why, Act.NOTICE)
    extra = Option(*means, share=2)
    # The way to the notice is on the next page too, and who is done with nothing written skips it.
    last = ((*accents, space, done),) if tell.is_small else (accents, (extra, space, done))
    return Page(
        "form-guardian" if is_guardian else "form-name",
        _wrong(tell, stage, words.form_name_wrong) or title,
        typed=stage.guardian if is_guardian else stage.name,
        letters=(*letters, *last),
        titled=not tell.is_small,
    )


def _wrong(tell: Telling, stage: Form, said: str) -> str:
    """What was wrong with the last answer, or with the code that was scanned instead; empty for nothing."""
    if isinstance(stage.wrong, Why):
        return tell.words.problems[stage.wrong]
    return said if stage.wrong else ""


def _letter(letter: str) -> Option:
    return Option(letter.upper(), Character(letter), Look.KEY)


def _accent(tell: Telling, letter: str, accent: Accent) -> str:
    called = _CALLED[accent] if tell.size.columns >= _ROOM_FOR_NAMES else ""
    return f"{letter} {called}".strip()


def _birth(tell: Telling, stage: Form) -> Page:
    words = tell.words
    wrong = _wrong(tell, stage, words.form_born_wrong)
    said = (Line(wrong, Voice.ALARM),) if wrong else ()
    return Page(
        "form-birth",
        words.form_born[stage.who],
        (*said, Line(words.form_born_hint[stage.who])),
        ((Option(words.notice_why, Act.NOTICE),),),
        typed=born(stage.born),
        grouped=False,
        pad=True,
        enter=words.type_done,
        erase=words.erase,
    )


def born(digits: str) -> str:
    """A birth as it is typed: whole dates parted as on papers."""
    if len(digits) == len("ddMMyyyy"):
        return f"{digits[:2]}/{digits[2:4]}/{digits[4:]}"
    return f"{digits[:2]}/{digits[2:]}" if len(digits) == len("MMyyyy") else digits


def _phone(tell: Telling, stage: Form) -> Page:
    words = tell.words
    wrong = _wrong(tell, stage, words.form_phone_wrong)
    return Page(
        "form-phone",
        words.form_phone[stage.who],
        (Line(wrong, Voice.ALARM) if wrong else Line(words.form_phone_hint),),
        ((Option(words.form_skip, Act.SKIP),),),
        typed=stage.phone,
        pad=True,
        enter=words.type_done,
        erase=words.erase,
    )


def digits(tell: Telling, stage: Digits) -> Page:
    """What are these digits?"""
    words = tell.words
    options = [
        *(
            Option(words.digits[_kind(candidate)], TheyAre(candidate), Look.MAIN)
            for candidate in stage.found.candidates
        ),
        Option(words.digits["other"], Act.BACK),
    ]
    title = words.digits_title.format(last=_last(stage.found))
    return Page("digits", title, (), numbered(listed(options) if tell.size.is_tall else paired(options)))


def _last(found: Ambiguous) -> str:
    return found.text[-3:]


def _kind(candidate: Plain) -> str:
    match candidate:
        case HospitalCode(kind=kind):
            return kind.value
        case InsuranceNumber():
            return "insurance"
        case Phone():
            return "phone"
        case CitizenNumber():
            return "citizen"
        case OldNumber():
            return "old"


def notice(tell: Telling, stage: Notice) -> Page:
    """What becomes of what the kiosk is told; the site may say it in its own words."""
    words = tell.words
    text = tell.site_text("notice") or words.notice_text
    done = Option(words.notice_done, Act.BACK, Look.MAIN)
    return Page("notice", words.notice_title, (Line(text),), numbered(listed((done,))))
