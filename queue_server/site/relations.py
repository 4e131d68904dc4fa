"""What must fit together in a site file: references, letters, times, and that every patient can be called."""

import unicodedata
import zoneinfo
from collections.abc import Iterable, Sequence
from itertools import combinations

from queue_server.engine.facility import EXAM_SLOT, ClinicPlan, KioskPlan, Route
from queue_server.engine.sessions import BETWEEN
from queue_server.protocol.codes import (
    Authority,
    Binding,
    ClinicKind,
    GateName,
    KioskMode,
    Moves,
    ReasonKind,
    Role,
)
from queue_server.site import duty, patients, policies, stops
from queue_server.site.lines import Key
from queue_server.site.mistakes import Notes, instead
from queue_server.site.reading import MIDNIGHT
from queue_server.site.sections import DEFAULT_LETTERS, NOTICE, Sections, Shift

_ZONES_MEANT = {
    "hanoi": "Asia/Ho_Chi_Minh",
    "hà nội": "Asia/Ho_Chi_Minh",
    "saigon": "Asia/Ho_Chi_Minh",
    "việt nam": "Asia/Ho_Chi_Minh",
    "utc+07:00": "Asia/Ho_Chi_Minh",
    "ict": "Asia/Ho_Chi_Minh",
    "utc+7": "Asia/Ho_Chi_Minh",
    "gmt+7": "Asia/Ho_Chi_Minh",
    "+07:00": "Asia/Ho_Chi_Minh",
    "asia/hanoi": "Asia/Ho_Chi_Minh",
    "asia/ha_noi": "Asia/Ho_Chi_Minh",
    "vietnam": "Asia/Ho_Chi_Minh",
}

_DOOR_WORDS = {"phong", "kham", "quay", "cua", "ban", "so", "room", "clinic", "desk", "door", "number"}
_OPENED_ON_THE_WAY = {GateName.VERIFIED, GateName.PAID, GateName.APPROVED}
"""Gates that an earlier step has to open; the others are opened by time, by a result or by the patient."""
_ASKING = (ClinicKind.RECEPTION, ClinicKind.INFORMATION)
"""Places where somebody asks whoever has no card."""


def examine(site: Sections, notes: Notes) -> None:
    """Note all that doesn't fit together in `site`, but nothing that only follows from another mistake."""
    _facility(site, notes)
    patients.examine_ages(site.ages, notes)
    patients.examine_register(site.heading.patients, site.services, notes)
    words = all(NOTICE in texts for texts in (site.texts_vi, site.texts_en)) or notes.wrong(("texts",))
    patients.examine_notice(site.heading.patients, site.heading.retention_hours, words=words, notes=notes)
    stops.examine(site.services, notes)
    policies.examine(site.services, site.clinics, site.appointments, notes)
    _walks(site, notes)
    _clinics(site, notes)
    _services(site, notes)
    _sessions(site, notes)
    _routes(site, notes)
    _kiosks_and_screens(site, notes)
    _devices(site, notes)
    _reasons(site, notes)
    duty.examine(site.emergency, site.devices, notes)


def _facility(site: Sections, notes: Notes) -> None:
    heading = site.heading
    zone = heading.time_zone
    where: Key = ("facility", "time_zone")
    zones = zoneinfo.available_timezones()
    if not zones:
        notes.mistake(where, "this computer knows no time zones", "install tzdata")
    elif zone and zone not in zones:
        meant = _ZONES_MEANT.get(zone.casefold(), zone)
        advice = instead(meant, zones, 'write time_zone = "Asia/Ho_Chi_Minh"')
        notes.mistake(where, f'there is no time zone "{zone}"', advice)
    if heading.day_ends == MIDNIGHT:
        where = ("facility", "day_ends")
        notes.mistake(where, "a day that ends at 24:00 ends at 00:00", 'write day_ends = "00:00"')
    desks = [service.id for service in site.services.values() if service.kind is ClinicKind.RECEPTION]
    where = ("facility", "reception")
    if heading.reception and heading.reception not in site.services:
        notes.unknown(where, "service", heading.reception, desks or site.services)
    elif heading.reception and heading.reception not in desks:
        advice = instead("", desks, f'write kind = "reception" in [services.{heading.reception}]')
        notes.mistake(where, f'"{heading.reception}" is no reception', advice)
    for section in ("halls", "services", "clinics", "payers", "routes"):
        if not getattr(site, section):
            notes.mistake((section,), "there is none in this file", f"add at least one under [{section}.…]")


def _walks(site: Sections, notes: Notes) -> None:
    """Each way between two halls once: it is as far there as back."""
    seen: dict[frozenset[str], str] = {}
    example = '"hall-1/hall-2" = 120'
    for ways in site.walks:
        where: Key = ("walks", ways)
        ends = ways.split("/")
        if len(ends) != 2 or not all(ends):
            notes.mistake(where, f'"{ways}" is no way between two halls', f"write {example}")
            continue
        for hall in ends:
            _known(notes, where, "hall", hall, site.halls)
        if ends[0] == ends[1]:
            notes.mistake(where, f'this is no way, it stays in "{ends[0]}"', "take the line out")
            continue
        first = seen.setdefault(frozenset(ends), ways)
        if first != ways:
            problem = f"{first} (line {_line(notes, 'walks', first)}) is the same way"
            notes.mistake(where, problem, "leave one of them out: it holds there and back")


def _services(site: Sections, notes: Notes) -> None:
    letters: dict[str, str] = {}
    offered = {service for clinic in site.clinics.values() for service in clinic.services}
    unread = {clinic.kind for clinic in site.clinics.values() if notes.wrong(("clinics", clinic.id))}
    for id_, service in site.services.items():
        where: Key = ("services", id_)
        first = letters.setdefault(service.letter, id_)
        if service.letter and first != id_:
            used = {other.letter for other in site.services.values()}
            free = [letter for letter in DEFAULT_LETTERS if letter not in used]
            advice = (
                f"write one of {', '.join(free)}" if free else "take it out, reception's letter then holds"
            )
            problem = f'"{service.letter}" is the letter of {first} (line {_line(notes, "services", first)})'
            notes.mistake((*where, "letter"), problem, advice)
        if site.clinics and id_ not in offered and service.kind not in unread:
            advice = f'add "{id_}" to the services of a clinic of kind "{service.kind}"'
            notes.mistake(where, "no clinic offers this service, nobody could ever be called", advice)
        if service.moves is Moves.AUTO and service.kind is ClinicKind.EXAM:
            advice = 'write moves = "ask", and a head nurse says yes or no'
            notes.mistake((*where, "moves"), "nobody is moved to another doctor unasked", advice)
        if (
            service.kind is ClinicKind.EXAM
            and service.authority is Authority.BESIDE
            and service.binding is Binding.LATE
        ):
            notes.warning(
                (*where, "binding"),
                f"with authority {service.authority} the HIS does not know a room that only we chose",
                'write binding = "at_desk"',
            )
        if service.authority is Authority.HIS_LEADS and service.binding is not Binding.AT_DESK:
            notes.warning(
                (*where, "binding"),
                "with authority his_leads we give no room: the HIS or a desk does",
                'write binding = "at_desk"',
            )
        if service.authority is Authority.WE_LEAD and service.binding is Binding.POOLED:
            notes.warning(
                (*where, "authority"),
                "at a pooled counter the HIS is asked for nobody's room: whoever is free calls",
                'write authority = "beside", or another binding',
            )


def _clinics(site: Sections, notes: Notes) -> None:
    for id_, clinic in site.clinics.items():
        where: Key = ("clinics", id_)
        _known(notes, (*where, "hall"), "hall", clinic.hall, site.halls)
        _printer(site, notes, clinic)
        _leftovers(site, notes, clinic)
        _all_known(notes, (*where, "services"), "service", clinic.services, site.services)
        kinds = {site.services[service].kind for service in clinic.services if service in site.services}
        unsure = notes.wrong((*where, "kind")) or any(
            notes.wrong(("services", service, "kind")) for service in clinic.services
        )
        if kinds and clinic.kind not in kinds and not unsure:
            advice = instead("", kinds)
            notes.mistake((*where, "kind"), f'none of its services is of kind "{clinic.kind}"', advice)
        if clinic.discreet and not notes.wrong((*where, "public")) and _tells(site, clinic):
            door = f'{{ vi = "Phòng {clinic.room}", en = "Room {clinic.room}" }}'
            advice = f"write only the door, as in public = {door}"
            notes.mistake((*where, "public"), "the clinic is discreet, and this tells what it is for", advice)


def _printer(site: Sections, notes: Notes, clinic: ClinicPlan) -> None:
    printers = [device.id for device in site.devices.values() if device.role is Role.PRINTER]
    if clinic.printer and clinic.printer not in printers and not notes.unread(("devices",)):
        where: Key = ("clinics", clinic.id, "printer")
        add = f'add [devices.{clinic.printer}] with role = "printer"'
        notes.mistake(
            where, f'there is no printer "{clinic.printer}"', instead(clinic.printer, printers, add)
        )


def _leftovers(site: Sections, notes: Notes, clinic: ClinicPlan) -> None:
    """A clinic has one line: at the end of a session one rule holds for it, that of its first service."""
    services = [site.services[service] for service in clinic.services if service in site.services]
    for service in services[1:]:
        if service.leftovers is not services[0].leftovers:
            problem = f'"{service.id}" leaves over as "{service.leftovers}", which does not hold here'
            advice = f'write leftovers = "{services[0].leftovers}", as "{services[0].id}" has it'
            notes.warning(("clinics", clinic.id, "services"), problem, advice)


def _tells(site: Sections, clinic: ClinicPlan) -> bool:
    """Whether what a hall may be told holds the clinic's or a service's name, marks and case aside."""
    services = [site.services[service].name for service in clinic.services if service in site.services]
    secrets = {_folded(word) for name in (clinic.name, *services) for word in (name.vi, name.en)}
    labels = (_folded(clinic.public.vi), _folded(clinic.public.en))
    return any(secret in label for secret in secrets for label in labels if not _names_a_door(secret))


def _names_a_door(folded: str) -> bool:
    """Whether a name says no more than "Phòng 15"."""
    return all(word in _DOOR_WORDS or any(sign.isdigit() for sign in word) for word in folded.split())


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _sessions(site: Sections, notes: Notes) -> None:
    for shift in site.sessions:
        for index, clinic in enumerate(shift.clinics):
            place: Key = ("clinics", index) if shift.several else ("clinic",)
            _known(notes, (*shift.where, *place), "clinic", clinic, site.clinics)
        _known(notes, (*shift.where, "practitioner"), "practitioner", shift.practitioner, site.practitioners)
        if shift.ends <= shift.opens and not _hours_unread(shift, notes):
            advice = 'write a later time; over midnight make two sessions, to "24:00" and from "00:00"'
            problem = f"it ends at {_clock(shift.ends)} and begins at {_clock(shift.opens)}"
            notes.mistake((*shift.where, "to"), problem, advice)
        _capacity(site, notes, shift)
    _overlaps(site, notes)
    if notes.wrong(("sessions",)):
        return
    working = {clinic for shift in site.sessions for clinic in shift.clinics}
    for id_ in site.clinics:
        if id_ not in working:
            advice = "add it to a [[sessions]]"
            notes.warning(("clinics", id_), "it is in no session and opens by hand only", advice)


def _capacity(site: Sections, notes: Notes, shift: Shift) -> None:
    """Kiosks ask for room at exams only."""
    plans = [site.clinics[clinic] for clinic in shift.clinics if clinic in site.clinics]
    if any(notes.wrong(("clinics", plan.id)) for plan in plans):
        return
    exams = {service.id for service in site.services.values() if service.kind is ClinicKind.EXAM}
    if shift.capacity and plans and not any(exams.intersection(plan.services) for plan in plans):
        problem = "no patient chooses what is done here, so nobody is held back"
        notes.warning((*shift.where, "capacity"), problem, "take it out")


def _hours_unread(shift: Shift, notes: Notes) -> bool:
    return notes.wrong((*shift.where, "from")) or notes.wrong((*shift.where, "to"))


def _overlaps(site: Sections, notes: Notes) -> None:
    sessions = [shift for shift in site.sessions if not _hours_unread(shift, notes)]
    for earlier, later in combinations(sessions, 2):
        if earlier.opens >= later.ends or later.opens >= earlier.ends:
            continue
        line = notes.line(earlier.where)
        both = f"at the same time as the session in line {line}"
        shared = [clinic for clinic in earlier.clinics if clinic in later.clinics]
        for clinic in shared:
            plan = site.clinics.get(clinic)
            same_desk = earlier.desk == later.desk and bool(later.desk)
            if plan is not None and (plan.places < 2 or same_desk):
                advice = f"move one of them, or give {clinic} more places and each session its own desk"
                notes.mistake((*later.where, "from"), f"{clinic} works {both}", advice)
        if later.practitioner and later.practitioner == earlier.practitioner:
            notes.mistake(
                (*later.where, "practitioner"),
                f"{later.practitioner} works {both}",
                "move one of them or name somebody else",
            )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _routes(site: Sections, notes: Notes) -> None:
    meant: dict[tuple[str, str], str] = {}
    exams = any(service.kind is ClinicKind.EXAM for service in site.services.values())
    for id_, route in site.routes.items():
        where: Key = ("routes", id_)
        _known(notes, (*where, "payer"), "payer", route.payer, site.payers)
        _all_known(notes, (*where, "steps"), "service", route.steps, {**site.services, EXAM_SLOT: None})
        first = meant.setdefault((route.payer, route.kind), id_)
        if first != id_ and route.payer and route.kind:
            problem = f'payer "{route.payer}" has a route of kind "{route.kind}", {first}'
            problem += f" (line {_line(notes, 'routes', first)})"
            notes.mistake(where, problem, "write another kind, or join the two")
        if route.steps.count(EXAM_SLOT) > 1:
            advice = f'leave one "{EXAM_SLOT}" and name the other exam'
            notes.mistake((*where, "steps"), f'"{EXAM_SLOT}" is there twice, one exam is chosen', advice)
        _gates(site, notes, route)
        if EXAM_SLOT in route.steps and not exams:
            advice = 'add a service of kind "exam", or take it out'
            notes.mistake((*where, "steps"), f'"{EXAM_SLOT}" stands for an exam, and there is none', advice)
        if not route.identified and route.steps and not _begins_at_a_desk(site, route.steps[0]):
            advice = f'begin with "{site.heading.reception}", or write identified = true'
            problem = "a number without a person is good for reception and information only"
            notes.mistake((*where, "steps"), problem, advice)
    begins = {route.steps[0] for route in site.routes.values() if route.steps and not route.identified}
    if site.routes and not begins and not notes.wrong(("routes",)):
        advice = f'add a route with steps = ["{site.heading.reception}"] and identified = false'
        notes.mistake(("routes",), "no route gives a number to somebody without a card", advice)


def _gates(site: Sections, notes: Notes, route: Route) -> None:
    """Warn of a gate that nothing on the way opens: patients would wait until somebody opens it by hand."""
    payer = site.payers.get(route.payer)
    opened = set(payer.waives) if payer is not None else set(_OPENED_ON_THE_WAY)
    for index, step in enumerate(route.steps):
        services = [
            service
            for service in site.services.values()
            if service.id == step or (step == EXAM_SLOT and service.kind is ClinicKind.EXAM)
        ]
        shut = {gate for service in services for gate in service.gates} & _OPENED_ON_THE_WAY - opened
        for gate in sorted(shut):
            openers = sorted(service.id for service in site.services.values() if gate in service.opens)
            advice = f'put "{openers[0]}" before it' if openers else f'write opens = ["{gate}"] in a service'
            problem = f'nothing before "{step}" opens its gate "{gate}"'
            notes.warning(("routes", route.id, "steps", index), problem, advice)
        opened |= {gate for service in services for gate in service.opens}


def _begins_at_a_desk(site: Sections, first: str) -> bool:
    service = site.services.get(first)
    return service.kind in _ASKING if service is not None else first != EXAM_SLOT


def _kiosks_and_screens(site: Sections, notes: Notes) -> None:
    ordinals: dict[int, str] = {}
    for id_, kiosk in site.kiosks.items():
        where: Key = ("kiosks", id_)
        _known(notes, (*where, "hall"), "hall", kiosk.hall, site.halls)
        _card_route(site, notes, kiosk)
        if notes.wrong((*where, "ordinal")):
            continue
        first = ordinals.setdefault(kiosk.ordinal, id_)
        if first != id_:
            free = next((number for number in range(1, 100) if number not in ordinals), 0)
            problem = f"{kiosk.ordinal} is the ordinal of {first} (line {_line(notes, 'kiosks', first)}), "
            problem += "both would print the same numbers"
            notes.mistake((*where, "ordinal"), problem, f"write ordinal = {free}")
    for id_, screen in site.screens.items():
        _known(notes, ("screens", id_, "hall"), "hall", screen.hall, site.halls)


def _card_route(site: Sections, notes: Notes, kiosk: KioskPlan) -> None:
    where: Key = ("kiosks", kiosk.id, "card_route")
    _known(notes, where, "route", kiosk.card_route, site.routes)
    route = site.routes.get(kiosk.card_route)
    if route is None:
        return
    if not route.identified:
        known = [id_ for id_, route in site.routes.items() if route.identified]
        notes.mistake(where, f'"{route.id}" is for numbers without a card', instead("", known))
    elif kiosk.mode is not KioskMode.FAST:
        advice = 'write mode = "fast", or take the line out'
        notes.mistake(where, f'in mode "{kiosk.mode}" the patient says what they are here for', advice)


def _devices(site: Sections, notes: Notes) -> None:
    tokens: dict[str, str] = {}
    for id_, device in site.devices.items():
        where: Key = ("devices", id_)
        _known(notes, (*where, "hall"), "hall", device.hall, site.halls)
        _all_known(notes, (*where, "clinics"), "clinic", device.clinics, site.clinics)
        first = tokens.setdefault(device.token_sha256, id_)
        if device.token_sha256 and first != id_:
            key = "token" if device.token else "token_sha256"
            notes.mistake(
                (*where, key),
                f"this is the token of {first} (line {_line(notes, 'devices', first)})",
                "make one for each device with `queue-server token`",
            )
        if notes.wrong((*where, "role")) or notes.unread(("kiosks",)) or notes.unread(("screens",)):
            continue
        if device.role is Role.KIOSK and id_ not in site.kiosks:
            notes.mistake(where, f'there is no kiosk "{id_}"', _same_name(id_, "kiosks", site.kiosks))
        if device.role is Role.BOARD and not device.hall and id_ not in site.screens:
            advice = f'write hall = "{next(iter(site.halls), "hall-1")}", or add [screens.{id_}]'
            notes.mistake((*where, "hall"), "is missing: a board shows one hall", advice)


def _reasons(site: Sections, notes: Notes) -> None:
    known = site.reasons.get(BETWEEN)
    if known is not None and known.kind is not ReasonKind.PAUSE:
        where: Key = ("reasons", BETWEEN, "kind")
        notes.mistake(where, "clinics pause for this reason between two sessions", 'write kind = "pause"')
    if not notes.wrong(("reasons",)) and all(
        why.kind is not ReasonKind.LANE for why in site.reasons.values()
    ):
        problem = 'there is none of kind "lane": at no console can anybody be made urgent'
        notes.warning(("reasons",), problem, 'add one, as in [reasons.lane-nurse] with kind = "lane"')


def _line(notes: Notes, section: str, id_: str) -> int:
    return notes.line((section, id_))


def _same_name(id_: str, section: str, known: Iterable[str]) -> str:
    return instead(id_, known, f"add [{section}.{id_}], or give the device the name of its kiosk")


def _known(notes: Notes, where: Key, kind: str, value: str, known: Iterable[str]) -> None:
    if value and value not in known:
        notes.unknown(where, kind, value, known)


def _all_known(notes: Notes, where: Key, kind: str, values: Sequence[str], known: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        _known(notes, (*where, index), kind, value, known)
        if value in seen and kind != "service":
            notes.mistake((*where, index), f'"{value}" is there twice', "leave one of them out")
        seen.add(value)
