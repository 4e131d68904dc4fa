"""Insurance look-ups beside the service: cards from the people room, answers back as commands.

Everything waits in the background. A registration is committed and answered before anybody is looked up.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import uuid_utils

from queue_server.engine.events import (
    DayOpened,
    Event,
    InsuranceChecked,
    InsuranceTold,
    VisitIdentified,
    VisitRegistered,
)
from queue_server.engine.hours import DAY_MINUTES
from queue_server.engine.model import Actor, Day
from queue_server.insurance.port import Card, Lookup, Verdict
from queue_server.insurance.runner import Patience, Runner
from queue_server.insurance.settings import Settings
from queue_server.people import People
from queue_server.protocol import codec
from queue_server.protocol.codes import AlertKind, PortalState, Refusal, Role
from queue_server.protocol.commands import Command, NoteInsurance, RaiseAlert
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.rows import InsurancePortal
from queue_server.service import Service
from queue_server.topics import Topics

LOOKUPS = Actor("insurance", Role.CLOCK)
"""The service itself, as it looks up insurance."""
PORTAL = "insurance-portal"
"""Whom an alert is about."""

_AGAIN = 1.0
"""Seconds after which a command that was not taken is sent once more, under the same id."""
_LOOK_AGAIN = 600.0
"""Seconds after which the wall clock is looked at anew outside the hours of the look-up."""


class Lookups:
    """The background work of one server process. Made and used on one event loop."""

    def __init__(
        self,
        settings: Settings,
        time_zone: str,
        lookup: Lookup,
        service: Service,
        people: People,
        topics: Topics,
        patience: Patience | None = None,
    ) -> None:
        self._settings = settings
        self._time_zone = time_zone
        self._service = service
        self._people = people
        self._topics = topics
        self._runner = Runner(lookup, self, at_once=settings.at_once, patience=patience)

    @property
    def waiting(self) -> int:
        """Visits whose card has no answer yet."""
        return self._runner.waiting

    def start(self) -> None:
        """Begin, once the service has."""
        self.show(PortalState.UNKNOWN)
        self._runner.start()

    async def stop(self) -> None:
        """Stop at once; whoever has no answer is looked up after the next start."""
        await self._runner.stop()

    def heard(self, day: Day, events: Sequence[Event]) -> None:
        """A batch is committed. Quick and synchronous."""
        for event in events:
            match event:
                case VisitRegistered() | VisitIdentified() | InsuranceTold():
                    if self._is_open(day, event.visit):
                        self._runner.come(event.visit)
                case InsuranceChecked(answered=False):
                    self._runner.want(event.visit)
                case DayOpened():
                    self._runner.begin_again()
                case _:
                    pass

    # What the runner asks --------------------------------------------------------------------------------

    async def unanswered(self) -> Iterable[str]:
        """See Desk."""
        return await self._service.read(
            lambda day: [visit for visit in day.visits if self._is_open(day, visit)]
        )

    async def card(self, visit: str) -> Card | None:
        """See Desk."""
        return await self._service.read(lambda day: self._card(day, visit))

    async def note(self, visit: str, card: Card, verdict: Verdict) -> bool:
        """See Desk."""
        return await self._submit(
            NoteInsurance(
                visit=visit,
                card=card.number,
                code=verdict.code,
                at=self._service.now(),
                valid_from=verdict.valid_from,
                valid_until=verdict.valid_until,
            )
        )

    async def alarm(self) -> None:
        """See Desk."""
        await self._submit(RaiseAlert(kind=AlertKind.INSURANCE, subject=PORTAL, detail="account"))

    def show(self, state: PortalState) -> None:
        """See Desk."""
        row = InsurancePortal(key="insurance", state=state, since=self._service.now())
        self._topics.show_portal(row)

    def closed_for(self) -> float:
        """See Desk."""
        opens, ends = self._settings.opens, self._settings.ends
        now = datetime.fromtimestamp(self._service.now() / 1000, ZoneInfo(self._time_zone))
        minute = now.hour * 60 + now.minute
        if opens <= minute < ends:
            return 0.0
        left = (opens - minute) % DAY_MINUTES * 60 - now.second
        return min(_LOOK_AGAIN, max(1.0, left))

    def _card(self, day: Day, visit: str) -> Card | None:
        here = day.visits.get(visit)
        asked = self._people.to_look_up(here.person) if here is not None and here.person is not None else None
        return Card(*asked) if asked is not None else None

    def _is_open(self, day: Day, visit: str) -> bool:
        """Whether the insurance pays for this visit, can be asked, and has not answered on this day."""
        here = day.visits.get(visit)
        payer = day.facility.payers.get(here.payer) if here is not None else None
        if here is None or here.person is None or payer is None or not payer.insured:
            return False
        return self._card(day, visit) is not None and self._people.checked(here.person, day.day) is None

    async def _submit(self, command: Command) -> bool:
        """Send a command until it is answered. Whether it was accepted."""
        command_id = str(uuid_utils.uuid7())
        while True:
            answer = codec.decode_to_client(await self._service.submit(LOOKUPS, command_id, command))
            match answer:
                case Accepted():
                    return True
                case Rejected(code=code) if code is not Refusal.BUSY:
                    return False
                case _:
                    await asyncio.sleep(_AGAIN)
