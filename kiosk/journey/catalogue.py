"""What the facility offers at a kiosk, read from the rows of the `catalogue` and `kiosk:` topics."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.identity import Shape
from queue_server.protocol.codes import KioskMode
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import (
    CatalogueFacility,
    CataloguePayer,
    CatalogueRoute,
    CatalogueService,
    KioskState,
    Opening,
    PrintJob,
    Row,
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`facility` is `None` until the server told it once. `intake` is a reason code while no new visits
    are taken at all, else empty. insured: payers for whom an insurance card speaks. jobs: tickets that were
    held back until their room was sure, and may be printed now. mode: how this kiosk takes patients in;
    card_route: what a citizen card means where it asks nothing. hours: when this kiosk serves,
    none: always."""

    facility: CatalogueFacility | None = None
    routes: tuple[CatalogueRoute, ...] = ()
    services: tuple[CatalogueService, ...] = ()
    intake: str = ""
    insured: frozenset[str] = frozenset()
    jobs: tuple[Ticket, ...] = ()
    mode: KioskMode = KioskMode.FULL
    card_route: str = ""
    hours: tuple[Opening, ...] = ()

    def local(self, at: int) -> datetime:
        """A moment (ms) at the facility; in Vietnam's time where its own is not known here."""
        name = self.facility.time_zone if self.facility is not None else ""
        return datetime.fromtimestamp(at / 1000, zone(name))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """How the hospital's own codes look; none while the facility names none."""
        codes = self.facility.codes if self.facility is not None else ()
        return tuple(Shape(code.name, code.kind, _pattern(code.pattern)) for code in codes)

    @property
    def declares(self) -> bool:
        """Whether a kiosk takes a patient's word for their priority."""
        return self.facility is None or self.facility.declares

    @property
    def personal_routes(self) -> tuple[CatalogueRoute, ...]:
        """The kinds of visit for a patient who said who they are; a facility without any takes all alike."""
        return tuple(route for route in self.routes if route.identified) or self.routes

    @property
    def open_routes(self) -> tuple[CatalogueRoute, ...]:
        """The kinds of visit for which a number needs no card."""
        return tuple(route for route in self.routes if not route.identified)

    @property
    def exams(self) -> tuple[CatalogueService, ...]:
        """The exams a patient may choose from; for what nobody is seen now there are other ways."""
        return tuple(service for service in self.services if service.choosable)

    @property
    def open_exams(self) -> tuple[CatalogueService, ...]:
        """Those for which there is room in the session that runs or comes next."""
        return tuple(service for service in self.exams if is_open(service))

    @property
    def fast_route(self) -> CatalogueRoute | None:
        """What a citizen card means where nothing is asked; None where the patient has to say."""
        return self.route(self.card_route) if self.mode is KioskMode.FAST and self.card_route else None

    def asks_exam(self, route: CatalogueRoute) -> bool:
        """Whether the patient is asked which exam; a fast kiosk leaves that to reception."""
        if not route.asks_service or not self.exams:
            return False
        desk = self.facility.offline_place if self.facility is not None else None
        return self.mode is not KioskMode.FAST or route.first != desk

    @property
    def insured_route(self) -> CatalogueRoute | None:
        """What an insurance card alone answers: the only insured kind of visit, or the only one of several
        that asks for an exam, and whose page so leads back. None where the patient has to say."""
        insured = [route for route in self.personal_routes if route.payer in self.insured]
        if len(insured) > 1:
            insured = [route for route in insured if route.asks_service and self.exams]
        return insured[0] if len(insured) == 1 else None

    def service(self, name: str) -> CatalogueService | None:
        """The service of this name, if the facility still has it."""
        return next((service for service in self.services if service.service == name), None)

    def route(self, name: str) -> CatalogueRoute | None:
        """The route of this name, if the facility still has it."""
        return next((route for route in self.routes if route.route == name), None)


def is_open(service: CatalogueService) -> bool:
    """Whether somebody is seen for it in the session that runs or comes next, and there is room."""
    return not (service.full or service.stopped or service.closed)


def zone(name: str) -> tzinfo:
    """The time zone of this name, Vietnam's for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Asia/Ho_Chi_Minh")


@lru_cache(maxsize=64)
def _pattern(looks: str) -> re.Pattern[str]:
    """Small letters count as capitals: Caps Lock turns a keyboard scanner's letters around."""
    return re.compile(looks, re.IGNORECASE | re.ASCII)


def catalogue_of(catalogue: Iterable[Row], kiosk: Iterable[Row]) -> Catalogue:
    """Sort the rows; those of other kinds are passed over."""
    facility = None
    routes: list[CatalogueRoute] = []
    services: list[CatalogueService] = []
    insured: set[str] = set()
    for row in catalogue:
        match row:
            case CatalogueFacility():
                facility = row
            case CatalogueRoute():
                routes.append(row)
            case CataloguePayer(payer=payer, insured=True):
                insured.add(payer)
            case CatalogueService():
                services.append(row)
            case _:
                continue
    own = tuple(kiosk)
    state = next((row for row in own if isinstance(row, KioskState)), None)
    intake, hours = (state.intake, state.hours) if state is not None else ("", ())
    mode, card_route = (state.mode, state.card_route) if state is not None else (KioskMode.FULL, "")
    jobs = tuple(row.ticket for row in own if isinstance(row, PrintJob))
    return Catalogue(
        facility,
        tuple(routes),
        tuple(services),
        intake,
        frozenset(insured),
        jobs,
        mode=mode,
        card_route=card_route,
        hours=hours,
    )
