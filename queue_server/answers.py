"""Answers to questions: reading only. No journal, no mailbox; a look at personal data is noted in the log."""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import assert_never

import msgspec

from queue_server import access, views
from queue_server.access import Holder
from queue_server.engine import appointments
from queue_server.engine.decide.one_more import may_add
from queue_server.engine.events import (
    NAMES,
    AlertChanged,
    AlertRaised,
    Event,
    InsuranceChecked,
    PrintChanged,
    PrintIssued,
    StepAdded,
    StepChanged,
    VisitChanged,
    VisitRegistered,
)
from queue_server.engine.model import Day
from queue_server.engine.places import name_of_service
from queue_server.people import CARDS, People
from queue_server.protocol import questions
from queue_server.protocol.codes import Refusal, StepState
from queue_server.protocol.commands import Identity
from queue_server.protocol.messages import Answered, Rejected, Unavailable
from queue_server.protocol.questions import (
    Answer,
    AppointmentLine,
    AppointmentList,
    AppointmentOf,
    Appointments,
    AppointmentTold,
    Find,
    Found,
    FoundPerson,
    JournalLine,
    Question,
    TicketState,
    VisitJournal,
    VisitTold,
    WhereNow,
)
from queue_server.service import NotServing, Service
from queue_server.store.port import JournalEntry, Store, StoreError

log = logging.getLogger(__name__)

LINES_PER_PAGE = 200
"""Appointments of one answer: with the longest names and codes under 256 kB."""
READERS = 2
"""Journals read at a time: reading shares the disk with the one writer."""


class Answers:
    """Who may ask what is `access`'s to say, before a question gets here."""

    def __init__(self, service: Service, people: People, store: Store) -> None:
        self._service = service
        self._people = people
        self._store = store
        self._reading = asyncio.Semaphore(READERS)

    async def answer(self, id_: str, question: Question, asker: Holder) -> Answered | Rejected | Unavailable:
        """The answer under this id. `unavailable`: ask again."""
        try:
            answer = await self._look(question, asker)
        except NotServing:
            return Unavailable(id=id_)
        except StoreError:
            log.warning("The store could not be read", extra={"action": "ask"}, exc_info=True)
            return Unavailable(id=id_)
        if answer is None:
            missing = isinstance(question, AppointmentOf)
            return Rejected(id=id_, code=Refusal.UNKNOWN_APPOINTMENT if missing else Refusal.UNKNOWN_VISIT)
        return Answered(id=id_, answer=answer)

    async def _look(self, question: Question, asker: Holder) -> Answer | None:
        match question:
            case Find():
                return await self._find(question, asker)
            case VisitJournal():
                return await self._tell(question)
            case WhereNow():
                return await self._service.read(partial(ticket_state, token=question.token))
            case questions.Holder():
                return await self._recognise(question, asker)
            case AppointmentOf():
                return await self._appointment(question, asker)
            case Appointments():
                return await self._appointments(question, asker)
            case _:
                assert_never(question)

    async def _find(self, question: Find, asker: Holder) -> Answer:
        names = access.sees_names(asker)
        found = await self._service.read(lambda day: self._people.find(day, question.text, names=names))
        if names:
            if not found.visits:
                found = Found((), await self._known_without_a_visit(question.text))
            # Who looked for whom: the visits and people they were shown, never what they typed.
            visits = " ".join(visit.visit for visit in found.visits)
            persons = " ".join(person.person for person in found.people)
            log.info(
                "personal data shown",
                extra={"action": "find", "device": asker.id, "visits": visits, "people": persons},
            )
        return found

    async def _known_without_a_visit(self, text: str) -> tuple[FoundPerson, ...]:
        """Who is known by exactly this number, from an earlier day or because they are awaited."""
        hashes = self._people.numbers_in(text)
        return self._people.found_people(await self._service.known(hashes)) if hashes else ()

    async def _recognise(self, question: questions.Holder, asker: Holder) -> Answer | None:
        """Where a card's holder is awaited; None also for a typed number, which is no card."""
        if question.identity.kind not in CARDS:
            return None
        known = await self._service.read(partial(self._held, identity=question.identity))
        # Also when nobody was found: a kiosk that asks about one number after the other is to be seen.
        visits = known.visit if isinstance(known, TicketState) else ""
        log.info("a card was looked up", extra={"action": "holder", "device": asker.id, "visits": visits})
        return known

    async def _appointment(self, question: AppointmentOf, asker: Holder) -> Answer | None:
        told = await self._service.read(
            partial(appointment_told, said=question.code, now=self._service.now())
        )
        # Also when there is none: codes are short enough to be tried one after the other.
        log.info(
            "an appointment was looked up",
            extra={"action": "appointment", "device": asker.id, "found": told is not None},
        )
        return told

    async def _appointments(self, question: Appointments, asker: Holder) -> Answer:
        names = access.sees_names(asker)
        name_of = self._people.name_of if names else _nameless
        page = await self._service.read(partial(appointment_list, after=question.after, name_of=name_of))
        if names:
            shown = " ".join(line.appointment for line in page.lines if line.name)
            log.info(
                "personal data shown",
                extra={"action": "appointments", "device": asker.id, "appointments": shown},
            )
        return page

    def _held(self, day: Day, identity: Identity) -> TicketState | AppointmentTold | None:
        person = self._people.recognise(identity)
        visit = day.people.get(person) if person else None
        if visit is None:
            booked = appointments.of_person(day, person) if person else None
            return None if booked is None else appointment_told(day, booked, self._service.now())
        here = day.visits[visit]
        state = ticket_state(day, here.token)
        return msgspec.structs.replace(state, token=here.token, help=here.part.help) if state else None

    async def _tell(self, question: VisitJournal) -> Answer | None:
        number = await self._service.read(partial(_number, visit=question.visit))
        async with self._reading:
            entries = await asyncio.to_thread(self._store.read_visit_journal, question.visit)
        if not entries:
            return None
        services = _services(entries)
        lines = tuple(_line(entry, services) for entry in entries)
        return VisitTold(visit=question.visit, number=number or _last_number(entries), lines=lines)


def ticket_state(day: Day, token: str) -> TicketState | None:
    """What the holder of a ticket needs to know; None for a token nobody was given today."""
    visit_id = day.tokens.get(token)
    if visit_id is None:
        return None
    visit = day.visits[visit_id]
    stops = tuple(views.stops(day, visit))
    return TicketState(
        visit=visit.id,
        number=visit.part.number,
        lane=visit.part.lane,
        stops=stops,
        missed=next((stop.step for stop in stops if stop.state is StepState.MISSED), None),
        ended=visit.part.end,
        may_add=may_add(day, visit),
    )


def appointment_told(day: Day, said: str, now: int) -> AppointmentTold | None:
    """What an appointment says to whoever shows its code or reference at a moment (ms); None: unknown."""
    reference = appointments.named(day, said)
    if reference is None:
        return None
    part = day.appointments[reference]
    return AppointmentTold(
        at=part.at,
        service=name_of_service(day, part.service),
        state=part.state,
        punctuality=appointments.punctuality(day.facility.appointments, part.at, now),
        today=appointments.is_today(day, part),
    )


def appointment_list(
    day: Day, after: str | None, name_of: Callable[[str], tuple[str, str]]
) -> AppointmentList:
    """A page of today's appointments, by their moment. after: the last of the page before."""
    today = sorted(
        (part.at, reference)
        for reference, part in day.appointments.items()
        if appointments.is_today(day, part)
    )
    begun = day.appointments.get(after or "")
    first = bisect_right(today, (begun.at, after or "")) if begun is not None else 0
    page = today[first : first + LINES_PER_PAGE]
    lines = tuple(_appointment_line(day, reference, name_of) for _, reference in page)
    is_last = first + LINES_PER_PAGE >= len(today)
    return AppointmentList(day=day.day, lines=lines, next=None if is_last else page[-1][1])


def _appointment_line(day: Day, reference: str, name_of: Callable[[str], tuple[str, str]]) -> AppointmentLine:
    part = day.appointments[reference]
    visit = day.visits.get(part.visit)
    name, year = name_of(part.person) if part.person else ("", "")
    return AppointmentLine(
        appointment=reference,
        service=part.service,
        at=part.at,
        state=part.state,
        practitioner=part.practitioner,
        code=part.code,
        visit=part.visit,
        number=visit.part.number if visit else "",
        name=name,
        birth_year=year,
    )


def _nameless(_person: str) -> tuple[str, str]:
    return "", ""


def _number(day: Day, visit: str) -> str:
    known = day.visits.get(visit)
    return known.part.number if known else ""


def _last_number(entries: list[JournalEntry]) -> str:
    number = ""
    for entry in entries:
        match entry.event:
            case VisitRegistered():
                number = entry.event.part.number
            case VisitChanged():
                number = entry.event.now.number
            case _:
                continue
    return number


def _services(entries: list[JournalEntry]) -> dict[str, str]:
    return {entry.event.step: entry.event.service for entry in entries if isinstance(entry.event, StepAdded)}


def _line(entry: JournalEntry, services: dict[str, str]) -> JournalLine:
    event: Event = entry.event
    change = step = service = clinic = sign = reason = ""
    match event:
        case StepAdded():
            step, service, clinic = event.step, event.service, event.standing.clinic
            sign = event.standing.call_sign.text if event.standing.call_sign else ""
        case StepChanged():
            change, step, service = event.change, event.step, services.get(event.step, "")
            clinic, reason = event.now.clinic or event.was.clinic, event.reason
            sign = event.now.call_sign.text if event.now.call_sign else ""
        case VisitChanged():
            change, reason = event.change, event.reason
        case PrintIssued():
            change, reason = event.part.state, event.part.reason
        case PrintChanged():
            change, reason = event.now.state, event.now.reason
        case InsuranceChecked():
            change = "answered" if event.answered else "asked"
        case AlertRaised():
            change, reason = event.kind, event.detail
        case AlertChanged():
            change = "acknowledged"
        case _:
            pass
    return JournalLine(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        event=NAMES[type(event)],
        change=change,
        step=step,
        service=service,
        clinic=clinic,
        call_sign=sign,
        reason=reason,
    )
