"""From a known patient to a wish: what for, who pays, which exam."""

from dataclasses import replace

from msgspec import structs

from kiosk.identity import CitizenCard, CodeKind, HospitalCode, InsuranceCard
from kiosk.journey.catalogue import is_open
from kiosk.journey.moves import Step, go
from kiosk.journey.sending import look, send
from kiosk.journey.values import (
    Aim,
    AskReferral,
    Check,
    ChooseExam,
    ChooseRoute,
    Full,
    Journey,
    Numbers,
    OneMore,
    OwnVisit,
    Stopped,
    Submit,
    Trouble,
    World,
)
from kiosk.journey.wire import on_the_wire
from queue_server.protocol.codes import Help, KioskMode
from queue_server.protocol.commands import AddExam, Register, SetHelp
from queue_server.protocol.questions import TicketState
from queue_server.protocol.rows import CatalogueRoute

RECALL = 600
"""ms a card's holder waits at most for word on whether they are here; `already_here` comes later too."""


def agreed(journey: Journey, check: Check, world: World) -> Step:
    """This is the patient: go on, or wait a moment for word on whether they are here already."""
    if awaits(check, world):
        return go(journey, replace(check, recall=replace(check.recall, agreed=True))), ()
    return goes_on(journey, check, world)


def awaits(check: Check, world: World) -> bool:
    """Whether word on this card's holder may still come in time."""
    recall = check.recall
    return recall.wish is not None and world.online and world.now - recall.since < RECALL


def goes_on(journey: Journey, check: Check, world: World) -> Step:
    """To what they have today, else to what there is to choose."""
    held = check.recall.held
    if held is not None:
        return _at_their_visit(journey, check, held, world)
    check = replace(check, recall=replace(check.recall, agreed=False))
    routes = world.catalogue.personal_routes
    if appointment_code(check) is not None:
        # Who pays, an appointment does not say; that it is for an exam, it does.
        routes = tuple(route for route in routes if route.asks_service) or routes
    if world.catalogue.intake:
        return go(journey, Stopped(Trouble.INTAKE)), ()
    if not routes:
        # The server never told what can be had here.
        return go(journey, Stopped(Trouble.REFUSED)), ()
    said = world.catalogue.insured_route if isinstance(check.person, InsuranceCard) else None
    if isinstance(check.person, CitizenCard):
        said = world.catalogue.fast_route
    only = routes[0] if len(routes) == 1 else said
    if only is not None:
        return route_taken(journey, world, check, only.route)
    return go(journey, ChooseRoute(check)), ()


def _at_their_visit(journey: Journey, check: Check, held: TicketState, world: World) -> Step:
    """To what they have today, as if they had scanned its ticket: they stand here. What they said just now
    that they need goes with it, beside what was noted."""
    shown, asked = look(journey, world, held.token, already=held.number)
    needed = tuple(kind for kind in Help if kind in held.help or kind in check.help)
    if set(needed) == set(held.help) or not held.visit:
        return shown, asked
    wish = shown.wishes + 1
    return replace(shown, wishes=wish), (*asked, Submit(wish, SetHelp(visit=held.visit, help=needed)))


def route_taken(journey: Journey, world: World, check: Check, name: str) -> Step:
    """This kind of visit; its exam is asked for where it is open."""
    route = world.catalogue.route(name)
    if route is None:
        return go(journey, ChooseRoute(check)), ()
    if _asks_referral(world, check, route):
        return go(journey, AskReferral(check, name)), ()
    if world.catalogue.asks_exam(route) and check.recall.booked is None:
        return go(journey, ChooseExam(check, name)), ()
    return registering(journey, world, name, check)


def _asks_referral(world: World, check: Check, route: CatalogueRoute) -> bool:
    """Only where the answer decides which MA_DOITUONG_KCB staff are suggested, and the mode leaves time."""
    facility, person = world.catalogue.facility, check.person
    own = facility.insurance_code if facility is not None else ""
    if not own or not isinstance(person, InsuranceCard) or person.facility in (None, own):
        return False
    is_insured = route.payer in world.catalogue.insured
    return check.referral is None and is_insured and world.mode in (KioskMode.FULL, KioskMode.ATTENDED)


def exam_taken(journey: Journey, world: World, service: str | None) -> Step:
    """One that is full is offered for later, before anybody waits for a refusal."""
    match journey.stage:
        case ChooseExam(check=check, route=route) as choice:
            offered = world.catalogue.service(service) if service is not None else None
            step = registering(journey, world, route, check, service=service)
            wish = next((e.command for e in step[1] if isinstance(e, Submit)), None)
            if offered is not None and not is_open(offered) and isinstance(wish, Register):
                return go(journey, Full(wish, offered.later_at, choice)), ()
            return step
        case Full(register=register) if service is None:
            return send(journey, world, Aim.TICKET, as_wished(journey, register))
        case OneMore(before=OwnVisit(token=token)) if service is not None:
            return send(journey, world, Aim.MORE, AddExam(token=token, service=service), token)
        case _:
            return journey, ()


def as_wished(journey: Journey, register: Register, *, later: bool = False) -> Register:
    """The same wish for a later session, or for the desk to find one."""
    service = register.service if later else None
    return structs.replace(register, language=journey.language, service=service, later=later)


def appointment_code(check: Check) -> str | None:
    """The code of the appointment this patient comes for, where nothing else says who they are."""
    match check.person:
        case HospitalCode(kind=CodeKind.APPOINTMENT, code=code):
            return code
        case _:
            return None


def registering(
    journey: Journey,
    world: World,
    name: str,
    check: Check | None = None,
    *,
    service: str | None = None,
    priority: bool = False,
) -> Step:
    """Wish for the visit that was chosen."""
    route = world.catalogue.route(name)
    if route is None:
        # The facility's offer changed while the patient read it.
        return go(journey, Numbers() if check is None else ChooseRoute(check)), ()
    register = wished(journey, route, check, service=service, priority=priority)
    return send(journey, world, Aim.TICKET, register)


def wished(
    journey: Journey,
    route: CatalogueRoute,
    check: Check | None,
    *,
    service: str | None = None,
    priority: bool = False,
) -> Register:
    """The wish for a visit. check: who it is for; None: for a number without a card."""
    code = appointment_code(check) if check is not None else None
    return Register(
        payer=route.payer,
        kind=route.kind,
        language=journey.language,
        identity=None
        if check is None or code is not None
        else on_the_wire(check.person, check.who, check.referral),
        service=service,
        appointment=code,
        declared_priority=priority or (check is not None and check.priority),
        help=() if check is None else check.help,
    )
