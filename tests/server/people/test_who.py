"""Who is one person and who is not: documents, what was told, people nobody can identify, and desks that know
better."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.engine.events import DayOpened, StepAdded, VisitRegistered
from queue_server.engine.evolve import begin, evolve
from queue_server.engine.facility import Ages
from queue_server.engine.model import Day, Learned, Standing, VisitPart
from queue_server.people import Keys, Newcomer, People
from queue_server.protocol.codes import AgeGroup, Brought, IdentityKind, Language, StepState
from queue_server.protocol.commands import BookAppointment, Guardian, Identify, Identity, Insurance, Register
from queue_server.protocol.values import replaced
from tests.server.service.small_hospital import small_hospital

KEYS = Keys(bytes(range(32)))
TODAY, DAY, NOW = date(2026, 11, 23), "2026-11-23", 1_795_392_000_000
CARD, TYPED, TOLD, DOCUMENT = IdentityKind.CARD, IdentityKind.TYPED, IdentityKind.TOLD, IdentityKind.DOCUMENT
UNIDENTIFIED, PHONE = IdentityKind.UNIDENTIFIED, IdentityKind.PHONE


def room() -> People:
    return People(KEYS, small_hospital())


def register(identity: Identity) -> Register:
    return Register(payer="fee", kind="exam", identity=identity)


def come_in(people: People, identity: Identity) -> str:
    command = register(identity)
    admitted = people.admit(command, people.identifiers(command), TODAY, DAY, NOW, {})
    return remembered(people, admitted.newcomer)


def remembered(people: People, newcomer: Newcomer | None) -> str:
    assert newcomer is not None
    people.remember([newcomer])
    return newcomer.row.person


def identify(people: People, identity: Identity, was: str | None) -> str:
    command = Identify(visit="2026-11-23-1", identity=identity)
    told = people.identify(command, was, people.identifiers(command), TODAY, DAY, NOW, {})
    assert told.identification.person == remembered(people, told.newcomer)
    return told.identification.person


def day_with(person: str, clinic: str = "desk1", service: str = "reception") -> Day:
    day = begin(DayOpened(DAY, small_hospital(), Learned(), {}, at=NOW, seq=1))
    part = VisitPart(number="A001")
    unknown = AgeGroup.UNKNOWN
    evolve(day, VisitRegistered("v", "t", person, "fee", "exam", Language.VI, unknown, NOW, "k", part, 1))
    evolve(day, StepAdded("v.1", "v", service, (), Standing(StepState.QUEUED, clinic=clinic), 1))
    return day


def test_a_document_is_known_by_its_issuer_and_number() -> None:
    people = room()
    passport = Identity(DOCUMENT, "C1234567", "ANNA MAUTHU", "1985-02-15", issuer="UTO")
    person = come_in(people, passport)
    assert come_in(people, passport) == person
    assert come_in(people, Identity(TYPED, "c 1234567", issuer="UTO")) == person
    for other in (
        Identity(DOCUMENT, "C1234567", issuer="VNM"),
        Identity(TYPED, "C1234567"),
        Identity(DOCUMENT, "C1234568", issuer="UTO"),
    ):
        assert come_in(people, other) != person
    assert people.name_of(person) == ("ANNA MAUTHU", "1985")


def test_the_zone_of_a_citizen_card_and_its_square_code_are_one_person() -> None:
    people = room()
    person = come_in(people, Identity(CARD, "001050012345", "Đặng Thị Ngọc Ánh", "1950-03-03"))
    zone = Identity(DOCUMENT, "001050012345", "DANG THI NGOC ANH", "1950-03-03", issuer="VNM")
    assert come_in(people, zone) == person
    assert people.name_of(person) == ("Đặng Thị Ngọc Ánh", "1950")
    assert come_in(people, Identity(DOCUMENT, "001050012345", issuer="UTO")) != person


def test_a_code_of_the_hospital_s_own_means_one_person_among_its_kind_only() -> None:
    people = room()
    number = "001050012345"
    owner = come_in(people, Identity(CARD, number, "Đặng Thị Ngọc Ánh", "1950-03-03"))
    own = [IdentityKind.HOSPITAL_CARD, IdentityKind.HIS_PAPER]
    persons = [come_in(people, Identity(kind, number)) for kind in own]
    assert len({owner, *persons}) == 3
    assert [come_in(people, Identity(kind, number)) for kind in own] == persons
    command = register(Identity(own[0], number))
    hashes = people.identifiers(command)
    assert people.admit(command, hashes, TODAY, DAY, NOW, {}).admission.typed
    assert set(hashes) <= set(people.numbers_in(number))


@pytest.mark.parametrize("kind", [TOLD, UNIDENTIFIED, PHONE])
def test_what_was_told_identifies_nobody(kind: IdentityKind) -> None:
    people = room()
    card = Identity(CARD, "001050012345", "Lê Văn Sáu", "1950-03-03", phone="0912345678")
    person = come_in(people, card)
    told = Identity(kind, "001050012345", "Lê Văn Sáu", "1950-03-03", phone="0912345678")
    assert people.identifiers(register(told)) == ()
    assert people.recognise(told) is None
    assert come_in(people, told) != person


def test_twins_stay_two_and_so_do_all_of_one_name_and_year() -> None:
    people = room()
    twins = [
        Identity(TOLD, "", name, "2023-05-01", brought=Brought.CHILD, guardian=Guardian("Lý Văn Ví Dụ"))
        for name in ("Lý Thị Hai", "Lý Thị Ba", "Lý Thị Hai")
    ]
    persons = [come_in(people, twin) for twin in twins]
    assert len(set(persons)) == 3
    assert len(people) == 3


_IDENTITIES = st.builds(
    Identity,
    st.sampled_from(list(IdentityKind)),
    st.sampled_from(["", "001050012345", "001 050 012 345", "C1234567", "DN4790000000000", "0000000000"]),
    st.sampled_from(["", "Lê Văn Sáu", "Thon"]),
    st.sampled_from(["", "1950", "2023-05-01"]),
    phone=st.sampled_from(["", "0912345678"]),
    issuer=st.sampled_from(["", "VNM", "UTO"]),
    brought=st.sampled_from(list(Brought)),
    guardian=st.none() | st.builds(Guardian, st.just("Lý Văn Ví Dụ"), st.sampled_from(["", "0987654321"])),
)


@given(st.lists(st.tuples(_IDENTITIES, st.booleans()), max_size=8))
def test_only_the_same_number_of_the_same_register_makes_one_person(
    arrivals: list[tuple[Identity, bool]],
) -> None:
    """However they come in or are identified at a desk: one reference if and only if one identifier,
    but for somebody without one whom a desk goes on to identify."""
    people, owner = room(), dict[bytes, str]()
    persons: list[str] = []
    for identity, at_desk in arrivals:
        hashes = people.identifiers(register(identity))
        known = {owner[item] for item in hashes if item in owner}
        nameless = persons[-1] if persons and at_desk and persons[-1] not in owner.values() else None
        if at_desk and persons:
            person = identify(people, identity, persons[-1])
            allowed = known or ({nameless} if nameless else set())
        else:
            person = come_in(people, identity)
            allowed = known
        assert (person in allowed) if allowed else (person not in persons)
        owner.update(dict.fromkeys(hashes, person))
        persons.append(person)


def test_somebody_nobody_can_identify_has_a_code_with_letters_and_is_found_by_it() -> None:
    people = room()
    person = come_in(people, Identity(UNIDENTIFIED, "123456789012", brought=Brought.RELATIVE))
    day = day_with(person)
    (row,) = people.names(day, "desk1").values()
    assert row.identified is UNIDENTIFIED
    assert row.name == ""
    assert row.code.startswith("TAM-")
    assert row.code[4:].isalpha()
    assert not row.code.isdigit()
    assert row.brought is Brought.RELATIVE
    assert [found.visit for found in people.find(day, row.code, names=True).visits] == ["v"]
    (found,) = people.find(day, row.code.lower(), names=True).visits
    assert (found.visit, found.name) == ("v", row.code)
    assert people.find(day, row.code, names=False).visits == ()
    codes = {
        people.names(day_with(come_in(people, Identity(UNIDENTIFIED))), "desk1")["v"].code for _ in range(50)
    }
    assert len(codes) == 50


def test_a_desk_identifies_somebody_unknown_and_what_was_told_before_goes_on() -> None:
    people = room()
    child = Identity(UNIDENTIFIED, brought=Brought.CHILD, guardian=Guardian("Lý Văn Ví Dụ", "0912 345 678"))
    unknown = come_in(people, child)
    told = identify(people, Identity(TOLD, "", "Lý Thị Mẫu", "2023"), unknown)
    card = identify(people, Identity(CARD, "001323012345", "Lý Thị Mẫu", "2023-05-01"), told)
    assert unknown == told == card
    row = people.names(day_with(card), "desk1")["v"]
    assert (row.name, row.birth_year, row.code, row.identified) == ("Lý Thị Mẫu", "2023", "", CARD)
    assert (row.brought, row.guardian, row.guardian_phone) == (
        Brought.CHILD,
        "Lý Văn Ví Dụ",
        "0912345678",
    )
    assert come_in(people, Identity(CARD, "001323012345")) == card
    # A child is found by the telephone of whoever brought it.
    assert people.find(day_with(card), "345678", names=True).visits


def test_a_desk_identifies_somebody_who_is_known_already() -> None:
    people = room()
    known = come_in(people, Identity(CARD, "001050012345", "Đặng Thị Ngọc Ánh", "1950-03-03"))
    unknown = come_in(people, Identity(UNIDENTIFIED, phone="0912345678"))
    assert identify(people, Identity(TYPED, "001050012345"), unknown) == known
    row = people.names(day_with(known), "desk1")["v"]
    # What the card said stays, and the telephone that was told for them is kept.
    assert (row.name, row.identified) == ("Đặng Thị Ngọc Ánh", CARD)
    assert people.find(day_with(known), "345678", names=True).visits


def test_whose_card_it_was_by_mistake_keeps_what_is_theirs() -> None:
    people = room()
    mother = come_in(
        people, Identity(CARD, "001050012345", "Đặng Thị Ngọc Ánh", "1950-03-03", phone="0912345678")
    )
    daughter = identify(people, Identity(CARD, "001180012345", "Đặng Thị Mẫu", "1980-03-03"), mother)
    assert daughter != mother
    assert people.name_of(mother) == ("Đặng Thị Ngọc Ánh", "1950")
    assert not people.find(day_with(daughter), "345678", names=True).visits


@pytest.mark.parametrize(
    ("identity", "age", "to_show"),
    [
        (Identity(CARD, "001050012345", birth="1950-03-03"), AgeGroup.FROM_75, False),
        (Identity(DOCUMENT, "C1", birth="2023-05-01", issuer="UTO"), AgeGroup.UNDER_6, False),
        (Identity(TYPED, "001050012345", birth="1950"), AgeGroup.UNKNOWN, True),
        (Identity(TOLD, "", "Lý Thị Mẫu", "2023"), AgeGroup.UNKNOWN, True),
        (Identity(TOLD, "", "Lý Thị Mẫu", "1990"), AgeGroup.UNKNOWN, False),
        (Identity(UNIDENTIFIED), AgeGroup.UNKNOWN, False),
    ],
)
def test_an_age_that_no_card_says_is_to_be_shown(identity: Identity, age: AgeGroup, to_show: bool) -> None:
    people, command = room(), register(identity)
    admission = people.admit(command, people.identifiers(command), TODAY, DAY, NOW, {}).admission
    assert (admission.age_group, admission.age_told) == (age, to_show)
    assert admission.typed is (identity.kind not in (CARD, DOCUMENT, IdentityKind.INSURANCE))


def test_the_ages_of_the_service_day_hold() -> None:
    ages = (Ages("", 6, 75), Ages("2026-11-24", 7, 70))
    people = People(KEYS, replaced(small_hospital(), ages=ages))
    command = register(Identity(CARD, "001056012345", birth="1956-11-23"))
    hashes = people.identifiers(command)
    for day, age in (("2026-11-23", AgeGroup.ORDINARY), ("2026-11-24", AgeGroup.FROM_75)):
        admitted = people.admit(command, hashes, date.fromisoformat(day), day, NOW, {})
        assert admitted.admission.age_group is age
    people.use(small_hospital())
    assert (
        people.admit(command, hashes, TODAY, "2026-11-24", NOW, {}).admission.age_group is AgeGroup.ORDINARY
    )


def test_a_booking_under_another_name_leaves_what_a_card_said() -> None:
    people, facility = room(), small_hospital()
    here = come_in(people, Identity(CARD, "001050012345", "Đặng Thị Ngọc Ánh", "1950-03-03"))
    identity = Identity(TYPED, "", "Chị Ánh", phone="0912345678")
    booking = BookAppointment(appointment="HEN-1", service="general", at=NOW, identity=identity)
    booked = people.book(booking, (), facility, DAY, NOW, {}, here, None)
    assert booked.booking.person == remembered(people, booked.newcomer) == here
    assert people.name_of(here) == ("Đặng Thị Ngọc Ánh", "1950")
    assert people.recognise(Identity(CARD, "001050012345")) == here
    assert people.find(day_with(here), "345678", names=True).visits


def test_an_earlier_day_is_found_by_the_whole_number_only() -> None:
    people = room()
    command = register(Identity(CARD, "001050012345", "Đặng Thị Ngọc Ánh", "1950-03-03"))
    newcomer = people.admit(command, people.identifiers(command), TODAY, DAY, NOW, {}).newcomer
    assert newcomer is not None
    row = newcomer.row
    for text in ("001050012345", "001 050 012 345"):
        assert set(row.hashes) <= set(people.numbers_in(text))
    for text in ("012345", "Đặng Thị Ngọc Ánh", "A001", "345", ""):
        assert not set(row.hashes) & set(people.numbers_in(text))
    (found,) = people.found_people([row, replaced(row, person="another")])
    assert (found.person, found.day, found.name, found.birth_year) == (
        row.person,
        DAY,
        "Đặng Thị Ngọc Ánh",
        "1950",
    )
    passport = register(Identity(DOCUMENT, "C1234567", issuer="UTO"))
    assert set(people.identifiers(passport)) <= set(people.numbers_in("uto C1234567"))


def test_where_a_register_is_kept_only_who_has_no_number_is_forgotten() -> None:
    people = People(KEYS, replaced(small_hospital(), keeps_register=True))
    card = come_in(people, Identity(CARD, "001050012345", "Đặng Thị Ngọc Ánh"))
    come_in(people, Identity(TOLD, "", "Lý Thị Mẫu"))
    assert people.forget(NOW + 1) == 1
    assert people.name_of(card)[0]
    people.erase([card, "nobody"])
    assert people.name_of(card) == ("", "")
    assert people.recognise(Identity(CARD, "001050012345")) is None


def test_nothing_of_anybody_is_shown_by_accident() -> None:
    people = room()
    identity = Identity(
        TOLD,
        "",
        "Lý Thị Mẫu",
        "2023",
        guardian=Guardian("Lý Văn Ví Dụ", "0912345678"),
        insurance=Insurance("TE1790000000000", facility="79034"),
    )
    command = register(identity)
    admitted = people.admit(command, (), TODAY, DAY, NOW, {})
    shown = repr(admitted) + repr(people)
    assert admitted.newcomer is not None
    for secret in ("Mẫu", "Ví Dụ", "912345678", "TE179", "79034"):
        assert secret not in shown
        assert secret.encode() not in admitted.newcomer.row.sealed


@pytest.mark.parametrize(
    ("one", "other", "two"),
    [
        (Identity(CARD, "001050012345"), Identity(TYPED, "001180012345"), True),
        (Identity(CARD, "001050012345"), Identity(DOCUMENT, "001050012345", issuer="VNM"), False),
        (Identity(IdentityKind.INSURANCE, "DN4793112345678"), Identity(TYPED, "HT3793112345678"), False),
        (Identity(IdentityKind.INSURANCE, "DN4793112345678"), Identity(TYPED, "3112345678"), False),
        (Identity(IdentityKind.INSURANCE, "DN4793112345678"), Identity(TYPED, "3112345679"), True),
        (
            Identity(CARD, "001050012345", insurance=Insurance("DN4793112345678")),
            Identity(IdentityKind.INSURANCE, "DN4799999999999"),
            True,
        ),
        # A citizen number and an insurance card may be one's, and so may an old number or another passport.
        (Identity(CARD, "001050012345"), Identity(IdentityKind.INSURANCE, "DN4793112345678"), False),
        (Identity(CARD, "001050012345"), Identity(TYPED, "012345678"), False),
        (Identity(DOCUMENT, "C1", issuer="UTO"), Identity(DOCUMENT, "C2", issuer="UTO"), False),
        (Identity(IdentityKind.HOSPITAL_CARD, "001050012345"), Identity(CARD, "001180012345"), False),
        (Identity(TOLD, "", "Lý Thị Mẫu"), Identity(CARD, "001180012345"), False),
        (Identity(CARD, "001180012345"), Identity(TOLD, "", "Lý Thị Mẫu"), False),
    ],
)
def test_somebody_else_is_only_who_is_so_by_numbers_of_which_everybody_has_one(
    one: Identity, other: Identity, two: bool
) -> None:
    people = room()
    was = come_in(people, one)
    command = Identify(visit="2026-11-23-1", identity=other)
    told = people.identify(command, was, people.identifiers(command), TODAY, DAY, NOW, {})
    assert told.identification.somebody_else is two
