"""What help a patient needs: by one tap each, for staff to see."""

from kiosk.journey.values import Act, Flag
from kiosk.screens.page import Line, Option, Page, Tone
from kiosk.screens.pages.layout import listed, numbered, paired
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.codes import Help


def aid(tell: Telling, needed: tuple[Help, ...]) -> Page:
    """All there is, and the way back."""
    words = tell.words
    flags = [flag(words.aid[kind], kind, needed) for kind in Help]
    done = Option(words.done, Act.HELP, Tone.MAIN)
    rows = (*listed(flags), (done,)) if tell.size.is_tall else paired([*flags, done])
    return Page("aid", words.aid_title, (Line(words.aid_noted),), numbered(rows))


def flag(said: str, kind: Help, needed: tuple[Help, ...]) -> Option:
    """One kind of help; a mark and a colour say that it is noted."""
    return Option(ticked(said, is_on=kind in needed), Flag(kind), Tone.ON if kind in needed else Tone.OFF)


def ticked(said: str, *, is_on: bool) -> str:
    """Words with the mark of what is chosen."""
    return f"{'■' if is_on else '□'} {said}"


def more_help(tell: Telling, needed: tuple[Help, ...], shown: tuple[Help, ...] = ()) -> Option:
    """The button that leads to all there is; it tells how much of what is not `shown` beside it was noted."""
    words = tell.words
    others = sum(kind not in shown for kind in needed)
    said = words.aid_other if shown else words.aid_button
    label = f"■ {said}" if others and tell.is_small else f"■ {said} ({others})" if others else said
    return Option(label, Act.HELP, Tone.ON if others else Tone.OFF)
