"""The sections of a site file, each read into what the engine wants to know."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from queue_server.engine.facility import (
    Ages,
    AppointmentRule,
    ClinicPlan,
    CodeShape,
    EmergencyPlan,
    Hall,
    KioskPlan,
    Missed,
    Payer,
    PractitionerPlan,
    Reason,
    Route,
    ScreenPlan,
    Service,
    SessionPlan,
    Words,
)
from queue_server.protocol.codes import (
    Authority,
    Balance,
    Binding,
    ClinicKind,
    GateName,
    KioskMode,
    Language,
    Leftovers,
    Moves,
    Notice,
    ReasonKind,
    Role,
)
from queue_server.site import patients, shapes
from queue_server.site.duty import read_emergency, read_opening
from queue_server.site.insurance import InsuranceSection, read_insurance
from queue_server.site.lines import Key
from queue_server.site.mistakes import instead
from queue_server.site.patients import Patients
from queue_server.site.policies import read_hours, read_policy, read_share
from queue_server.site.reading import Table
from queue_server.site.stops import read_missed, read_stops
from queue_server.site.tokens import Device, digest

Item = TypeVar("Item")

DEFAULT_LETTERS = "AHLMRSXY"
"""Letters that sound unlike each other over a loudspeaker in both languages."""
OFFLINE_LETTER = "K"
"""Numbers that kiosks print without the server are K01-001 and so on: no service may use this letter."""
FORBIDDEN_LETTERS = {
    "I": "it looks like 1",
    "O": "it looks like 0",
    "Q": "it looks like 0",
    OFFLINE_LETTER: "it belongs to the tickets that kiosks print without the server, as K01-001",
}
NUMBERINGS = ("visit", "clinic")
NOTICE = "notice"
"""What a kiosk says of the personal data it is told, and of who may ask for what is kept to be erased."""
TEXTS = (
    "title",
    "your_number",
    "go_to",
    "printed",
    "ahead",
    "later",
    "stops",
    "not_before",
    "usually_by",
    "no_appointment",
    "fasting",
    "full_bladder",
    "empty_bladder",
    "priority",
    "show_papers",
    "reprint",
    "appointment",
    "came_early",
    "came_late",
    "order",
    "missed",
    "urgent",
    NOTICE,
)
"""The words of a ticket that a site may replace, and what a kiosk says of personal data."""

_WORDS = '{ vi = "…", en = "…" }'
_HASH = re.compile(r"[0-9a-f]{64}")
_TICKET_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?/t/")


@dataclass(frozen=True, slots=True)
class Sections:
    """A whole site file, section by section, before its parts are held against each other."""

    heading: "Heading"
    halls: dict[str, Hall]
    walks: dict[str, int]
    services: dict[str, Service]
    clinics: dict[str, ClinicPlan]
    practitioners: dict[str, PractitionerPlan]
    sessions: "tuple[Shift, ...]"
    missed: Missed
    payers: dict[str, Payer]
    routes: dict[str, Route]
    reasons: dict[str, Reason]
    kiosks: dict[str, KioskPlan]
    screens: dict[str, ScreenPlan]
    devices: dict[str, Device]
    ages: tuple[Ages, ...]
    appointments: AppointmentRule
    codes: tuple[CodeShape, ...]
    insurance: InsuranceSection | None
    emergency: EmergencyPlan
    texts_vi: dict[str, str]
    texts_en: dict[str, str]


@dataclass(frozen=True, slots=True)
class Heading:
    """The section `[facility]`. day_ends: minutes since midnight; late_after: minutes."""

    id: str
    name: Words
    time_zone: str
    reception: str
    day_ends: int
    ticket_url: str
    retention_hours: int
    patients: Patients
    balance: Balance
    desk_advice: tuple[int, int]
    late_after: int
    languages: tuple[Language, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """One entry of `[[sessions]]`: the same hours for one or several clinics. where: its place in the file.

    several: they are listed under `clinics`.
    """

    where: Key
    several: bool
    clinics: tuple[str, ...]
    practitioner: str
    opens: int
    ends: int
    capacity: int
    desk: str

    def plans(self) -> tuple[SessionPlan, ...]:
        return tuple(
            SessionPlan(clinic, self.practitioner, self.opens, self.ends, self.capacity, self.desk)
            for clinic in self.clinics
        )


def read(file: Table) -> Sections:
    """All sections of `file`; whatever is wrong is noted there and read as something harmless."""
    sections = Sections(
        heading=_heading(file.table("facility")),
        halls=_each(file, "halls", "hall-1", _hall),
        walks=_walks(file.table("walks")),
        services=_each(file, "services", "vitals", _service),
        clinics=_each(file, "clinics", "room-12", _clinic),
        practitioners=_each(file, "practitioners", "bs-an", _practitioner),
        sessions=tuple(_shift(table) for table in file.listed("sessions")),
        missed=read_missed(file.table("missed")),
        ages=tuple(patients.read_ages(table) for table in file.listed("priority")),
        payers=_each(file, "payers", "insured", _payer),
        routes=_each(file, "routes", "insured-exam", _route),
        reasons=_each(file, "reasons", "lunch", _reason),
        kiosks=_each(file, "kiosks", "kiosk-1", _kiosk),
        screens=_each(file, "screens", "board-1", _screen),
        devices=_each(file, "devices", "kiosk-1", _device),
        appointments=_appointments(file.table("appointments")),
        codes=shapes.read(file.listed("code")),
        insurance=read_insurance(file),
        emergency=read_emergency(file.table("emergency")),
        **_texts(file.table("texts")),
    )
    file.close()
    return sections


def _each(file: Table, section: str, example: str, read_one: Callable[[str, Table], Item]) -> dict[str, Item]:
    tables = file.named(section, like=f"[{section}.{example}]")
    return {id_: read_one(id_, table) for id_, table in tables.items()}


def _heading(table: Table) -> Heading:
    heading = Heading(
        id=table.code("id", like='"song-huong"'),
        name=table.words("name", like=_WORDS),
        time_zone=table.text("time_zone", like='"Asia/Ho_Chi_Minh"'),
        reception=table.text("reception", like='"reception"'),
        day_ends=table.clock("day_ends", 0, like='"00:00"'),
        ticket_url=table.text("ticket_url", "", like='"https://queue.example.vn/t/"'),
        # Sooner, somebody who still waits would be forgotten, and their card would open a second visit.
        retention_hours=table.integer("retention_hours", 24, 24 * 366, 72),
        patients=patients.read(table),
        balance=_balance(table),
        desk_advice=_desk_advice(table.table("desk_advice")),
        late_after=table.integer("late_after", 0, 240, 20),
        languages=_languages(table),
    )
    if heading.ticket_url and not _TICKET_URL.fullmatch(heading.ticket_url):
        advice = 'write the address up to and with "/t/", as in ticket_url = "https://queue.example.vn/t/"'
        table.notes.mistake(table.at("ticket_url"), "this is no address of the patient's page", advice)
    table.close()
    return heading


def _balance(table: Table) -> Balance:
    balance = table.choice("balance", Balance, Balance.EARLIEST_START)
    if balance is Balance.RANDOM:
        advice = instead("", [known for known in Balance if known is not Balance.RANDOM])
        table.notes.mistake(table.at("balance"), "no hospital sends its patients anywhere by chance", advice)
    return balance


def _languages(table: Table) -> tuple[Language, ...]:
    usual = (Language.VI, Language.EN)
    found = table.choices("languages", Language) if "languages" in table else usual
    if Language.VI not in found and not table.notes.wrong(table.at("languages")):
        advice = 'write languages = ["vi", "en"], or with others of km, zh, ko, ja'
        table.notes.mistake(table.at("languages"), "staff read Vietnamese: it cannot be left out", advice)
    return found


def _desk_advice(table: Table) -> tuple[int, int]:
    many, limit = table.integer("prefer_others", 1, 1000, 55), table.integer("limit", 1, 1000, 65)
    if many > limit and not table.notes.wrong(table.where):
        problem = f"others are preferred from {many} exams on, and the limit is {limit} already"
        table.notes.mistake(table.at("prefer_others"), problem, f"write prefer_others = {limit} or less")
    table.close()
    return many, limit


def _walks(table: Table) -> dict[str, int]:
    """Seconds by `<hall>/<hall>`."""
    walks = {ways: table.integer(ways, 1, 3600, like=120) for ways, _ in table.items()}
    table.close()
    return walks


def _hall(id_: str, table: Table) -> Hall:
    hall = Hall(id_, table.words("name", like=_WORDS), table.words("floor", like=_WORDS))
    table.close()
    return hall


def _initial(table: Table) -> str:
    letters = table.text("initial", "", like='"TMH"', longest=3)
    if not all(letter.isalnum() for letter in letters):
        table.notes.mistake(
            table.at("initial"), "these are no letters", 'write one to three, as in initial = "TMH"'
        )
    return letters


def _service(id_: str, table: Table) -> Service:
    service = Service(
        id=id_,
        name=table.words("name", like=_WORDS),
        kind=table.choice("kind", ClinicKind),
        letter=_letter(table),
        minutes=table.integer("minutes", 1, 240, like=5),
        authority=table.choice("authority", Authority, Authority.ALONE),
        binding=table.choice("binding", Binding, Binding.LATE),
        clinic_numbers=_one_of(table, "numbering", NUMBERINGS) == "clinic",
        gates=table.choices("gates", GateName),
        opens=table.choices("opens", GateName),
        has_result=table.truth("has_result", False),
        choosable=table.truth("choosable", False),
        initial=_initial(table),
        bind_ahead=table.integer("bind_ahead", 1, 50, 3),
        **read_stops(table),
        leftovers=table.choice("leftovers", Leftovers, Leftovers.CARRY),
        moves=table.choice("moves", Moves, Moves.ASK),
        max_share=_max_share(table),
        policy=read_policy(table),
        policy_hours=read_hours(table),
    )
    table.close()
    return service


def _max_share(table: Table) -> int:
    share = table.integer("max_share", 0, 1000, 0)
    if 0 < share < 100:
        advice = "write max_share = 100 or more, or 0 for no limit"
        table.notes.mistake(table.at("max_share"), f"{share} percent leaves nobody a fair share", advice)
        return 0
    return share


def _letter(table: Table) -> str:
    letter = table.text("letter", "", like='"A"', longest=40)
    where = table.at("letter")
    free = f"write one of {', '.join(DEFAULT_LETTERS)}"
    if not letter:
        return ""
    if letter in FORBIDDEN_LETTERS:
        table.notes.mistake(where, f'"{letter}" cannot begin a number: {FORBIDDEN_LETTERS[letter]}', free)
    elif len(letter) == 1 and letter.isalpha() and letter.isascii() and letter.islower():
        table.notes.mistake(where, f'"{letter}" is a small letter', f'write letter = "{letter.upper()}"')
    elif len(letter) == 1 and letter.isalpha() and not letter.isascii():
        table.notes.mistake(where, f'"{letter}" is mistaken for a letter without its mark', free)
    elif not re.fullmatch("[A-Z]", letter):
        table.notes.mistake(where, f'"{letter}" is not one capital letter', free)
    else:
        return letter
    return ""


def _clinic(id_: str, table: Table) -> ClinicPlan:
    name = table.words("name", like=_WORDS)
    discreet = table.truth("discreet", False)
    if discreet and "public" not in table:
        advice = 'write what the hall may read, as in public = { vi = "Phòng 15", en = "Room 15" }'
        table.notes.mistake(table.at("public"), "is missing, and the clinic is discreet", advice)
    clinic = ClinicPlan(
        id=id_,
        name=name,
        public=table.words("public", name, like=_WORDS),
        room=table.text("room", like='"12"', longest=12),
        kind=table.choice("kind", ClinicKind),
        hall=table.text("hall", like='"hall-1"'),
        services=table.texts("services", like='["general"]'),
        places=table.integer("places", 1, 60, 1),
        discreet=discreet,
        printer=table.text("printer", "", like='"printer-12"'),
    )
    table.close()
    return clinic


def _practitioner(id_: str, table: Table) -> PractitionerPlan:
    practitioner = PractitionerPlan(id_, table.text("name", like='"BS. …"'))
    table.close()
    return practitioner


def _shift(table: Table) -> Shift:
    several = "clinics" in table
    if several and "clinic" in table:
        table.notes.mistake(table.at("clinic"), "clinic and clinics are both there", "take one of them out")
    clinics = table.texts("clinics", like='["room-12", "room-13"]', required=several)
    one = table.text("clinic", "" if several else None, like='"room-12"')
    shift = Shift(
        where=table.where,
        several=several,
        clinics=clinics if several else (one,),
        practitioner=table.text("practitioner", "", like='"bs-an"'),
        opens=table.clock("from", like='"07:00"'),
        ends=table.clock("to", like='"11:30"'),
        capacity=table.integer("capacity", 0, 10_000, 0),
        desk=table.text("desk", "", like='"02.03"', longest=20),
    )
    table.close()
    return shift


def _payer(id_: str, table: Table) -> Payer:
    payer = Payer(
        id=id_,
        label=table.words("label", like=_WORDS),
        insured=table.truth("insured", False),
        waives=table.choices("waives", GateName),
    )
    table.close()
    return payer


def _route(id_: str, table: Table) -> Route:
    route = Route(
        id=id_,
        payer=table.text("payer", like='"insured"'),
        kind=table.code("kind", like='"exam"'),
        label=table.words("label", like=_WORDS),
        steps=table.texts("steps", like='["reception", "vitals", "@exam"]'),
        identified=table.truth("identified", False),
    )
    table.close()
    return route


def _reason(id_: str, table: Table) -> Reason:
    notice = table.choice("notice", Notice) if "notice" in table else ""
    kind, label = table.choice("kind", ReasonKind), table.words("label", like=_WORDS)
    reason = Reason(id_, kind, label, notice, _quota(table, kind))
    table.close()
    return reason


def _quota(table: Table, kind: ReasonKind) -> int:
    quota = table.integer("quota", 0, 99, 0)
    if quota and kind is not ReasonKind.CALL:
        advice = 'take it out, or write kind = "call"'
        table.notes.mistake(table.at("quota"), "only calls out of order are counted", advice)
    return quota


def _kiosk(id_: str, table: Table) -> KioskPlan:
    # Two digits: the ordinal is part of the numbers this kiosk prints without the server.
    kiosk = KioskPlan(
        id_,
        table.integer("ordinal", 1, 99),
        table.text("hall", like='"hall-1"'),
        hours=read_opening(table),
        mode=table.choice("mode", KioskMode, KioskMode.FULL),
        card_route=table.text("card_route", "", like='"insured-exam"', longest=40),
    )
    table.close()
    return kiosk


def _screen(id_: str, table: Table) -> ScreenPlan:
    screen = ScreenPlan(id_, table.text("hall", like='"hall-1"'))
    table.close()
    return screen


def _device(id_: str, table: Table) -> Device:
    role = table.choice("role", Role)
    if role in {Role.CLOCK, Role.PATIENT}:
        roles = [known for known in Role if known not in {Role.CLOCK, Role.PATIENT}]
        table.notes.mistake(table.at("role"), f'no device can be "{role}"', instead("", roles))
    token = table.text("token", "", like='"…"', longest=256)
    hashed = table.text("token_sha256", "", like='"…"', longest=80)
    device = Device(
        id=id_,
        role=role,
        token_sha256=_token_digest(table, token, hashed),
        hall=table.text("hall", "", like='"hall-1"'),
        clinics=table.texts("clinics", like='["room-12"]', required=False),
        token=token,
        name=table.words("name", like=_WORDS) if "name" in table else None,
    )
    table.close()
    return device


def _token_digest(table: Table, token: str, hashed: str) -> str:
    make = "make one with `queue-server token` and write token_sha256"
    if token and hashed:
        table.notes.mistake(table.at("token"), "token and token_sha256 are both there", "take the token out")
    elif token:
        if len(token) < 8 or not token.isascii() or " " in token:
            table.notes.mistake(table.at("token"), "this is no token: 8 or more letters and digits", make)
        else:
            table.notes.warning(
                table.at("token"), "the token is readable here, good for a demo only", f"{make} instead"
            )
        return digest(token)
    elif not hashed and "token" not in table and "token_sha256" not in table:
        table.notes.mistake(table.at("token_sha256"), "is missing", make)
    elif hashed and not _HASH.fullmatch(hashed):
        table.notes.mistake(table.at("token_sha256"), "this is not 64 digits 0-9 and a-f", make)
    return hashed


def _appointments(table: Table) -> AppointmentRule:
    """The section `[appointments]`: minutes, and a share of the calls."""
    usual = AppointmentRule()
    rule = AppointmentRule(
        early=table.integer("early", 0, 240, usual.early),
        late=table.integer("late", 0, 240, usual.late),
        one_in=read_share(table, "one_in", usual.one_in),
        unattended=table.integer("unattended", 15, 1440, usual.unattended),
    )
    if rule.unattended < rule.late:
        problem = f"nobody is waited for after {rule.unattended} minutes, and on time until {rule.late}"
        table.notes.mistake(table.at("unattended"), problem, f"write unattended = {rule.late} or more")
    table.close()
    return rule


def _texts(table: Table) -> dict[str, dict[str, str]]:
    found = {}
    for language in ("vi", "en"):
        words = table.table(language)
        read_words = {
            name: words.text(name, "", like='"…"', longest=400 if name == NOTICE else 200) for name in TEXTS
        }
        found[f"texts_{language}"] = {name: text for name, text in read_words.items() if text}
        words.close()
    table.close()
    return found


def _one_of(table: Table, key: str, words: tuple[str, ...]) -> str:
    word = table.text(key, words[0], like=f'"{words[0]}"')
    if word and word not in words:
        table.notes.mistake(table.at(key), f'"{word}" is not known here', instead(word, words))
    return word
