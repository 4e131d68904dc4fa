"""What the holder of a ticket wants to know: every stop, and what they may do."""

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from rich.cells import cell_len

from kiosk.journey.values import Act, Aim, OwnVisit, Ready
from kiosk.screens.page import MARK, Line, Option, Page, Tone, Voice
from kiosk.screens.pages.layout import listed, numbered, paired
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.codes import StepState
from queue_server.protocol.questions import Stop, TicketState

_WAITING = frozenset({StepState.QUEUED, StepState.PREPARED, StepState.CALLED})
_NOW = frozenset({StepState.PREPARED, StepState.CALLED, StepState.SERVING})
_HERE = _WAITING | {StepState.SERVING, StepState.MISSED}
_TO_COME = frozenset({StepState.PLANNED, StepState.QUEUED, StepState.HELD, StepState.MISSED})
_OVER = frozenset({StepState.CANCELLED, StepState.ABANDONED})


def own_visit(tell: Telling, stage: OwnVisit) -> Page:
    """All stops of a visit, and what its holder may do."""
    words, state = tell.words, stage.state
    title = f"{words.already_title if stage.already else words.visit_title}: {state.number}"
    if state.ended is not None:
        done = numbered(listed((Option(words.done, Act.HOME, Tone.MAIN),)))
        return Page("visit", title, (Line(words.visit_ended, Voice.NOTICE),), done)
    news: list[Line] = []
    if state.missed is not None:
        news.append(Line(words.missed, Voice.ALARM))
    elif stage.done is Aim.REJOIN:
        news.append(Line(words.rejoined, Voice.NOTICE))
    elif stage.done is Aim.MORE:
        news.append(Line(words.visit_added, Voice.NOTICE))
    elif stage.done is Aim.READY:
        news.append(Line(words.ready_noted, Voice.NOTICE))
    rows = _visit_rows(tell, state, turns=False)
    told = _told(tell, state, _room(tell, title, news, rows))
    if len(told) > 1:
        rows = _visit_rows(tell, state, turns=True)
        told = _told(tell, state, _room(tell, title, news, rows))
    stops = tuple(told[stage.page % len(told)])
    return Page("visit", title, tuple(news), numbered(rows), stops=stops)


def _visit_rows(tell: Telling, state: TicketState, *, turns: bool) -> tuple[tuple[Option, ...], ...]:
    """What the holder may do. turns: the stops have more than one page."""
    words = tell.words
    ready = _ready(tell, state)
    mains = [] if ready is None else [ready]
    if state.missed is not None:
        mains.insert(0, Option(words.rejoin, Act.REJOIN, Tone.MAIN))
    others = [Option(words.reprint, Act.REPRINT), Option(words.done, Act.HOME)]
    # Whoever has as many stops as fill a low screen, or missed one, has those to see to first.
    sees_to = state.missed is not None or (turns and not tell.size.is_tall)
    if state.may_add and tell.world.catalogue.open_exams and not sees_to:
        others.insert(1, Option(words.visit_another, Act.ANOTHER))
    if turns:
        others.append(Option(words.more, Act.MORE, Tone.QUIET))
    if tell.size.is_tall:
        # Upright, one below the other is calmer as long as there is room.
        return (*listed(mains), *(paired(others) if mains or turns else listed(others)))
    if ready is None and len(mains) + len(others) <= 3 and not tell.is_small:
        return ((*mains, *others),)
    return (tuple(mains), tuple(others)) if mains else (tuple(others),)


def _ready(tell: Telling, state: TicketState) -> Option | None:
    """What the holder may say of their body now, of the stop to go to first; None when nothing."""
    words = tell.words
    offers = [
        (stop, gate)
        for stop in sorted(state.stops, key=lambda stop: stop.suggested)
        for gate in stop.may_open
        if gate in words.ready
    ]
    if not offers:
        return None
    stop, gate = offers[0]
    label = words.ready[gate]
    if len(offers) > 1:
        placed = words.ready_at.format(place=tell.label(stop.place.label), ready=label)
        mains = 1 if tell.size.is_tall or state.missed is None else 2
        label = placed if cell_len(placed) <= tell.size.letters(mains) else label
    return Option(label, Ready(stop.step, gate), Tone.MAIN)


def _room(tell: Telling, title: str, news: Sequence[Line], rows: Sequence[Sequence[Option]]) -> int:
    """Rows of the screen that are left for the stops."""
    taken = tell.height(title) + 2 * tell.size.is_tall + len(rows) * tell.size.button_rows
    return tell.size.body_rows - taken - sum(map(tell.line_height, news))


def _told(tell: Telling, state: TicketState, room: int) -> list[list[Line]]:
    """The stops, as many on each page as have room; on one page what is done comes first."""
    stops = _stops(state)
    pages = _paged(tell, stops, room)
    if len(pages) > 1:
        # What is still to be done is what the holder came for.
        pages = _paged(tell, sorted(stops, key=lambda stop: stop.state is StepState.DONE), room)
    return pages


def _paged(tell: Telling, stops: Sequence[Stop], room: int) -> list[list[Line]]:
    pages: list[list[Line]] = [[]]
    left = room
    lines = [(stop, _stop(tell, stop)) for stop in stops]
    for _, line in lines:
        height = tell.line_height(line)
        if pages[-1] and height > left:
            pages.append([])
            left = room
        pages[-1].append(line)
        left -= height
    here = next(((index, stop) for index, (stop, _) in enumerate(lines) if stop.state in _HERE), None)
    if here is None:
        return pages
    index, stop = here
    where = Line(f"  {tell.joined(stop.place.hall, stop.place.floor)}", Voice.FACT)
    first = pages[0]
    if index < len(first) and sum(map(tell.line_height, (*first, where))) <= room:
        first.insert(index + 1, where)
    return pages


def _stop(tell: Telling, stop: Stop) -> Line:
    words = tell.words
    awaited = stop.state is StepState.PLANNED and stop.may_open
    parts = [words.stop_ready if awaited else words.stop_states[stop.state]]
    if stop.call_sign is not None and stop.state in _WAITING:
        parts.append(stop.call_sign.text)
    if stop.ahead is not None and stop.state is StepState.QUEUED:
        parts.append(words.stop_ahead.format(count=stop.ahead))
    now = stop.state in _NOW
    mark = "→" if now else "●" if stop.state is StepState.QUEUED else "·"
    place = tell.label(stop.place.label)
    if stop.suggested:
        place = f"{stop.suggested}. {place}"
    said = (f"{mark} {place}: {', '.join(parts)}", *_known(tell, stop))
    return Line("\n".join(said), Voice.NOTICE if now else Voice.PLAIN)


def _known(tell: Telling, stop: Stop) -> tuple[str, ...]:
    """What the holder does well to know of a stop that they are not at; on two lines
    what has no room on one."""
    words = tell.words
    if stop.state not in _TO_COME:
        return ()
    first = (words.stop_first,) if stop.suggested == 1 else ()
    thoughts = (
        ", ".join((*first, *(words.stop_needs[need] for need in stop.needs))),
        ", ".join(_times(tell, stop)),
    )
    known = tuple(thought for thought in thoughts if thought)
    together = ", ".join(known)
    return known if cell_len(together) > tell.columns - MARK else (together,) if together else ()


def _times(tell: Telling, stop: Stop) -> Iterator[str]:
    words = tell.words
    if _is_ahead(stop.due_at, tell):
        yield words.stop_from.format(time=tell.clock(stop.due_at))
    elif _is_ahead(stop.not_before, tell):
        yield words.stop_not_before.format(time=tell.clock(stop.not_before))
    if _is_ahead(stop.usually_by, tell):
        yield words.stop_usually_by.format(time=tell.clock(stop.usually_by))


def _is_ahead(at: int | None, tell: Telling) -> TypeGuard[int]:
    """Whether a moment is still to come; one that has passed tells nobody anything."""
    return at is not None and (tell.world.clock is None or at > tell.world.clock)


def _stops(state: TicketState) -> tuple[Stop, ...]:
    """What matters to the holder: stops done first, the others as recommended, else in their order."""
    left = (stop for stop in state.stops if stop.state not in _OVER)
    return tuple(sorted(left, key=lambda stop: stop.suggested))
