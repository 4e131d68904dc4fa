"""Card after card: what the one with the scanner sees."""

from kiosk.identity import masked
from kiosk.journey.values import Act, Handed, Steward, TakeRoute, Told
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.aid import flag, ticked
from kiosk.screens.pages.layout import numbered
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.codes import Help, PrintState

_NOT_PRINTED = (PrintState.STALLED, PrintState.UNKNOWN)


def routes(tell: Telling) -> Page:
    """What the next cards are for, once for all of them."""
    words = tell.words
    options = [
        Option(tell.label(route.label), TakeRoute(route.route), Tone.MAIN)
        for route in tell.world.catalogue.personal_routes
    ]
    rows = tell.arranged(options, rows_taken=2)
    return Page("steward_routes", words.steward_title, (Line(words.steward_hint),), rows, back=False)


def handing_out(tell: Telling, stage: Steward) -> Page:
    """The last number, whose it is, those before it, and what the next card gets beside its number."""
    words, size = tell.words, tell.size
    if stage.typed is not None:
        wrong = (Line(words.type_wrong, Voice.ALARM),) if stage.problem is not None else ()
        return Page(
            "steward_typing",
            words.type_title,
            wrong,
            typed=stage.typed,
            pad=True,
            enter=words.type_done,
            erase=words.erase,
        )
    route = tell.world.catalogue.route(stage.route)
    name = tell.label(route.label) if route is not None else ""
    options = [flag(words.aid_short[kind], kind, stage.help) for kind in Help]
    if tell.world.catalogue.declares:
        tone = Tone.ON if stage.priority else Tone.OFF
        claim = Option(ticked(words.steward_priority, is_on=stage.priority), Act.PRIORITY, tone)
        options.insert(0, claim)
    each = 2 if size.is_tall else 3
    rows = tuple(tuple(options[start : start + each]) for start in range(0, len(options), each))
    shown = next((one for one in stage.handed if one.wish == stage.shown), None)
    return Page(
        "steward",
        words.steward_next.format(route=name),
        _lines(tell, stage, shown) if shown is None or not shown.number else (),
        numbered(rows),
        number=shown.number if shown is not None else "",
        after=_lines(tell, stage, shown) if shown is not None and shown.number else (),
    )


def _lines(tell: Telling, stage: Steward, shown: Handed | None) -> tuple[Line, ...]:
    words = tell.words
    lines: list[Line] = []
    if stage.problem is not None:
        lines.append(Line(words.problems[stage.problem], Voice.ALARM))
    if shown is not None:
        lines += _told(tell, shown)
    before = [_short(one) for one in stage.handed if one is not shown and (one.number or one.refused)]
    if before:
        lines.append(Line(words.steward_last.format(numbers="  ".join(before))))
    return tuple(lines)


def _told(tell: Telling, one: Handed) -> list[Line]:
    words = tell.words
    known = (
        masked(one.person).given_name if one.person is not None and not isinstance(one.person, Told) else None
    )
    lines = [Line(str(known), Voice.FACT)] if known is not None else []
    if one.refused:
        lines.append(Line(words.steward_refused, Voice.ALARM))
    elif not one.number:
        lines.append(Line(words.sending))
    elif one.again:
        lines.append(Line(words.steward_again, Voice.NOTICE))
    elif one.paper.state in _NOT_PRINTED:
        lines.append(Line(words.paper_reasons.get(one.paper.reason, words.paper_unknown), Voice.ALARM))
    return lines


def _short(one: Handed) -> str:
    """A number of before, and whether it has no paper."""
    if one.refused:
        return "×"
    return f"{one.number}!" if one.paper.state in _NOT_PRINTED else one.number
