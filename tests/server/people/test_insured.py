"""What follows from a health insurance card, for the staff who deal with it."""

from datetime import date

import pytest

from queue_server.engine.events import DayOpened, StepAdded, VisitRegistered
from queue_server.engine.evolve import begin, evolve
from queue_server.engine.facility import Payer
from queue_server.engine.model import Day, Learned, Standing, VisitPart
from queue_server.people import Keys, People
from queue_server.people.insured import suggested, warnings
from queue_server.people.kept import Person
from queue_server.protocol.codes import AgeGroup, IdentityKind, Language, StepState
from queue_server.protocol.commands import Identity, Insurance, Register
from queue_server.protocol.rows import InsuranceCheck
from queue_server.protocol.values import replaced
from tests.server.service.small_hospital import small_hospital, words

KEYS = Keys(bytes(range(32)))
TODAY, DAY, NOW = date(2026, 11, 23), "2026-11-23", 1_795_392_000_000
HERE, ELSEWHERE = "79034", "01K52"
SITE = replaced(
    small_hospital(),
    payers={
        "fee": Payer("fee", words("Dịch vụ"), insured=False),
        "insured": Payer("insured", words("BHYT"), insured=True),
    },
    insurance_code=HERE,
    self_referred="1.13",
)


def person(check: InsuranceCheck | None = None, **facts: object) -> Person:
    card = Insurance("DN4790000000000", **facts)  # type: ignore[arg-type]  # fields by name
    return Person(IdentityKind.CARD, "001050012345", "An", insurance=card, check=check)


def check(code: str = "000", valid_from: str = "", valid_until: str = "") -> InsuranceCheck:
    return InsuranceCheck(code=code, at=NOW, valid_from=valid_from, valid_until=valid_until)


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (person(facility=HERE), "1.1"),
        (person(facility=HERE, transfer=True, revisit=True), "1.1"),
        (person(facility=ELSEWHERE, transfer=True), "1.3"),
        (person(transfer=True), "1.3"),
        (person(facility=ELSEWHERE, transfer=False, revisit=True), "1.5"),
        (person(facility=ELSEWHERE, transfer=False, revisit=False), "1.13"),
        # What nobody knows decides nothing.
        (person(), ""),
        (person(facility=ELSEWHERE), ""),
        (person(facility=ELSEWHERE, revisit=True), ""),
        (person(facility=ELSEWHERE, transfer=False), ""),
        (person(transfer=False, revisit=True), ""),
        (person(transfer=False, revisit=False), ""),
        (Person(IdentityKind.CARD, "001050012345"), ""),
        # A card that does not hold today, or that the insurance does not confirm, is a desk's to look at.
        (person(facility=HERE, valid_until="2026-11-22"), ""),
        (person(facility=HERE, valid_from="2026-11-24"), ""),
        (person(check("110"), facility=HERE), ""),
        (person(check("000", "2026-01-01", "2026-12-31"), facility=HERE, valid_until="2026-11-22"), "1.1"),
    ],
)
def test_the_suggested_code_follows_from_what_is_known_and_from_nothing_else(
    known: Person, code: str
) -> None:
    assert suggested(known, DAY, insured=True, own=HERE, self_referred="1.13") == code
    assert suggested(known, DAY, insured=False, own=HERE, self_referred="1.13") == "9"


def test_a_hospital_that_does_not_say_what_it_is_suggests_less() -> None:
    asked = person(facility=ELSEWHERE, transfer=False, revisit=False)
    assert suggested(asked, DAY, insured=True, own="", self_referred="1.13") == ""
    assert suggested(asked, DAY, insured=True, own=HERE, self_referred="") == ""
    assert suggested(person(facility=HERE), DAY, insured=True, own="", self_referred="") == ""


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (person(), ()),
        (person(valid_from="2026-11-23", valid_until="2026-11-23"), ()),
        (person(valid_until="2026-11-22"), ("insurance_expired",)),
        (person(valid_from="2026-11-24"), ("insurance_not_yet",)),
        (person(check("003", "2026-11-01", "2027-10-31"), valid_until="2026-10-31"), ()),
        (person(check("010", "2025-01-01", "2025-12-31"), valid_until="2027-10-31"), ("insurance_expired",)),
    ],
)
def test_a_card_out_of_date_is_told_to_staff(known: Person, told: tuple[str, ...]) -> None:
    assert warnings(known, DAY) == told


def come_in(people: People, identity: Identity) -> str:
    command = Register(payer="insured", kind="exam", identity=identity)
    newcomer = people.admit(command, people.identifiers(command), TODAY, DAY, NOW, {}).newcomer
    assert newcomer is not None
    people.remember([newcomer])
    return newcomer.row.person


def day_with(person: str, payer: str = "insured") -> Day:
    day = begin(DayOpened(DAY, SITE, Learned(), {}, at=NOW, seq=1))
    part, unknown = VisitPart(number="A001"), AgeGroup.UNKNOWN
    evolve(day, VisitRegistered("v", "t", person, payer, "exam", Language.VI, unknown, NOW, "k", part, 1))
    for n, (service, clinic) in enumerate((("reception", "desk1"), ("general", "room12")), 1):
        evolve(day, StepAdded(f"v.{n}", "v", service, (), Standing(StepState.QUEUED, clinic=clinic), 1))
    return day


def test_facts_go_to_places_that_deal_with_insurance_only() -> None:
    people = People(KEYS, SITE)
    card = Insurance("", "2026-01-01", "2026-11-22", HERE)
    who = come_in(
        people,
        Identity(
            IdentityKind.INSURANCE,
            "DN4790000000000",
            "An",
            "1950",
            warnings=("year_differs",),
            insurance=card,
        ),
    )
    day = day_with(who)
    desk, room = people.names(day, "desk1")["v"], people.names(day, "room12")["v"]
    assert desk.insurance is not None
    assert (desk.insurance.card, desk.insurance.valid_until) == ("DN4790000000000", "2026-11-22")
    assert (desk.insurance.facility, desk.insurance.suggested) == (HERE, "")
    assert desk.warnings == ("year_differs", "insurance_expired")
    assert (room.insurance, room.warnings) == (None, ("year_differs",))
    # A visit that the insurance does not pay for has no card that could be out of date.
    paid = people.names(day_with(who, "fee"), "desk1")["v"]
    assert paid.warnings == ("year_differs",)
    assert paid.insurance is not None
    assert paid.insurance.suggested == "9"
    nothing = people.names(
        day_with(come_in(people, Identity(IdentityKind.CARD, "001050012345")), "fee"), "desk1"
    )
    assert nothing["v"].insurance is None


def test_another_scan_keeps_what_was_known_of_the_card_and_its_look_up() -> None:
    people = People(KEYS, SITE)
    number = "DN4790000000000"
    read = Insurance("", "2026-01-01", "2026-12-31", ELSEWHERE, transfer=True)
    who = come_in(people, Identity(IdentityKind.INSURANCE, number, "An", "1950", insurance=read))
    noted = people.noted(who, check(), DAY, NOW)
    assert noted is not None
    people.remember([noted])
    come_in(people, Identity(IdentityKind.TYPED, number, insurance=Insurance(revisit=False)))
    facts = people.names(day_with(who), "desk1")["v"].insurance
    assert facts is not None
    assert (facts.valid_until, facts.facility, facts.transfer, facts.revisit) == (
        "2026-12-31",
        ELSEWHERE,
        True,
        False,
    )
    assert facts.check == check()
    assert facts.suggested == "1.3"
    assert people.noted("nobody", check(), DAY, NOW) is None


def test_slips_told_at_a_desk_leave_the_look_up_alone_and_another_card_does_not() -> None:
    people = People(KEYS, SITE)
    who = come_in(people, Identity(IdentityKind.CARD, "001050012345", "An", "1950"))

    def told(card: Insurance | None) -> None:
        row = people.noted(who, check(), DAY, NOW) if card is None else people.told(who, card, DAY, NOW)
        assert row is not None
        people.remember([row])

    told(None)
    told(Insurance(transfer=True, revisit=False))
    facts = people.names(day_with(who), "desk1")["v"].insurance
    assert facts is not None
    assert (facts.check, facts.suggested) == (check(), "1.3")
    told(Insurance("HT3310123456789", facility=HERE))
    facts = people.names(day_with(who), "desk1")["v"].insurance
    assert facts is not None
    assert (facts.check, facts.card, facts.suggested) == (None, "HT3310123456789", "1.1")
    assert people.told("nobody", Insurance(), DAY, NOW) is None


def test_the_card_that_was_read_last_is_the_one_of_which_validity_is_told() -> None:
    people = People(KEYS, SITE)
    who = come_in(people, Identity(IdentityKind.INSURANCE, "DN4790000000000", "An", "1950"))
    other = people.told(who, Insurance("HT3310123456789", valid_until="2026-06-30"), DAY, NOW)
    assert other is not None
    people.remember([other])
    read = Insurance("", "2026-01-01", "2026-12-31", HERE)
    come_in(people, Identity(IdentityKind.INSURANCE, "DN4790000000000", "An", "1950", insurance=read))
    facts = people.names(day_with(who), "desk1")["v"].insurance
    assert facts is not None
    assert (facts.card, facts.valid_until, facts.facility) == ("DN4790000000000", "2026-12-31", HERE)


@pytest.mark.parametrize(
    ("identity", "asked"),
    [
        (Identity(IdentityKind.CARD, "001050012345", "An", "1950"), ("001050012345", "An", "1950")),
        (
            Identity(IdentityKind.CARD, "001050012345", "An", "1950", insurance=Insurance("HT3310123456789")),
            ("HT3310123456789", "An", "1950"),
        ),
        (Identity(IdentityKind.INSURANCE, "3112345678", "An", "1950"), ("3112345678", "An", "1950")),
        (Identity(IdentityKind.CARD, "001050012345", "An"), None),
        (Identity(IdentityKind.DOCUMENT, "C1234567", "An", "1950", issuer="UTO"), None),
        (Identity(IdentityKind.TOLD, "", "An", "1950"), None),
    ],
)
def test_what_the_insurance_can_be_asked(identity: Identity, asked: tuple[str, str, str] | None) -> None:
    people = People(KEYS, SITE)
    assert people.to_look_up(come_in(people, identity)) == asked
    assert people.to_look_up("nobody") is None
