from datetime import date

import pytest

from queue_server.engine.events import DayOpened, StepAdded, VisitRegistered
from queue_server.engine.evolve import begin, evolve
from queue_server.engine.model import Day, Learned, Standing, VisitPart
from queue_server.people import Admitted, Keys, People
from queue_server.people.search import matches, plain, words
from queue_server.protocol.codes import AgeGroup, IdentityKind, Language, StepState
from queue_server.protocol.commands import Identity, Register
from queue_server.store.port import PatientRow
from tests.server.service.small_hospital import small_hospital

KEYS = Keys(bytes(32))
TODAY = date(2025, 3, 3)
NOW = 1_740_958_200_000


def room() -> People:
    return People(KEYS, small_hospital())


def register(
    kind: IdentityKind = IdentityKind.CARD,
    number: str = "001050012345",
    name: str = "Đặng Thị Ngọc Ánh",
    phone: str = "",
) -> Register:
    identity = Identity(kind, number, name, "1950-03-03", phone=phone)
    return Register(payer="fee", kind="exam", identity=identity)


def admit(people: People, command: Register, known: dict[bytes, PatientRow] | None = None) -> Admitted:
    return people.admit(command, people.identifiers(command), TODAY, "2025-03-03", NOW, known or {})


def come_in(people: People, command: Register, known: dict[bytes, PatientRow] | None = None) -> str:
    admitted = admit(people, command, known)
    assert admitted.newcomer is not None
    people.remember([admitted.newcomer])
    return admitted.newcomer.row.person


def day_with(*persons: str | None) -> Day:
    """Everybody queued at room 12, in order."""
    day = begin(DayOpened("2025-03-03", small_hospital(), Learned(), {}, at=NOW, seq=1))
    for ordinal, person in enumerate(persons, 1):
        visit = f"2025-03-03-{ordinal}"
        part = VisitPart(number=f"H{ordinal:03d}")
        evolve(
            day,
            VisitRegistered(
                visit, f"t{ordinal}", person, "fee", "exam", Language.VI, AgeGroup.UNKNOWN, NOW, "k", part, 1
            ),
        )
        standing = Standing(StepState.QUEUED, clinic="room12")
        evolve(day, StepAdded(f"{visit}.1", visit, "general", (), standing, 1))
    return day


def test_the_engine_sees_a_reference_and_facts_and_the_row_is_sealed() -> None:
    admitted = admit(room(), register(phone="0912 345 678"))
    assert admitted.newcomer is not None
    assert admitted.admission.age_group is AgeGroup.FROM_75
    assert not admitted.admission.typed
    row = admitted.newcomer.row
    assert row.person == admitted.admission.person
    for secret in ("001050012345", "Ánh", "1950", "0912", "912345678"):
        assert secret not in repr(admitted)
        assert secret.encode() not in row.sealed
        assert all(secret.encode() not in item for item in row.hashes)


def test_an_anonymous_number_is_nobody() -> None:
    admitted = admit(room(), Register(payer="fee", kind="exam"))
    assert admitted.newcomer is None
    assert admitted.admission.person is None
    assert admitted.admission.age_group is AgeGroup.UNKNOWN


def test_the_same_card_is_the_same_person_scanned_or_typed() -> None:
    people = room()
    person = come_in(people, register())
    assert admit(people, register()).admission.person == person
    typed = admit(people, register(IdentityKind.TYPED, "001 050 012 345", name=""))
    assert typed.admission.person == person
    assert typed.admission.typed
    assert typed.admission.age_group is AgeGroup.UNKNOWN
    assert admit(people, register(number="001050012346")).admission.person != person


def test_a_card_is_recognised_once_its_holder_is_known() -> None:
    people = room()
    card = register().identity
    assert card is not None
    assert people.recognise(card) is None
    person = come_in(people, register())
    assert people.recognise(card) == person
    typed = register(IdentityKind.TYPED, "001 050 012 345", name="").identity
    assert typed is not None
    assert people.recognise(typed) == person


def test_what_was_typed_does_not_overwrite_what_the_card_said() -> None:
    people = room()
    person = come_in(people, register())
    come_in(people, register(IdentityKind.TYPED, name="Ai Đó", phone="0912345678"))
    assert people.name_of(person) == ("Đặng Thị Ngọc Ánh", "1950")
    assert people.find(day_with(person), "345678", names=True).visits


def test_a_person_the_store_knows_keeps_the_reference() -> None:
    people = room()
    command = register()
    hashes = people.identifiers(command)
    assert people.unknown(hashes) == set(hashes)
    yesterday = admit(room(), command).newcomer
    assert yesterday is not None
    assert come_in(people, command, {hashes[0]: yesterday.row}) == yesterday.row.person
    assert people.unknown(hashes) == set()


def test_a_phone_alone_identifies_nobody_because_families_share_one() -> None:
    people = room()
    grandmother = register(IdentityKind.PHONE, "", phone="0912345678")
    assert people.identifiers(grandmother) == ()
    assert come_in(people, grandmother) != come_in(people, grandmother)
    assert admit(people, grandmother).admission.typed


def test_rows_come_back_from_the_store_and_those_of_another_key_do_not() -> None:
    admitted = admit(room(), register())
    assert admitted.newcomer is not None
    row = admitted.newcomer.row
    again = room()
    assert again.load([row]) == 0
    assert again.name_of(row.person) == ("Đặng Thị Ngọc Ánh", "1950")
    assert People(Keys(bytes(31) + b"x"), small_hospital()).load([row]) == 1


def test_a_row_is_made_once_until_something_else_is_known() -> None:
    """Hundreds wait at each counter, and every batch asks for all of them."""
    people = room()
    person = come_in(people, register())
    day = day_with(person)
    (row,) = people.names(day, "room12").values()
    assert people.names(day, "room12")[row.key] is row
    come_in(people, register(name="Đặng Thị Ngọc Anh"))
    assert people.names(day, "room12")[row.key].name == "Đặng Thị Ngọc Anh"
    people.use(small_hospital())
    assert people.names(day, "room12")[row.key] is not row
    people.erase([person])
    assert people.names(day, "room12") == {}


def test_names_are_told_to_the_clinic_where_the_patient_waits_and_only_there() -> None:
    people = room()
    identity = Identity(IdentityKind.CARD, "001050012345", "Lê Văn Sáu", "1950", warnings=("year_differs",))
    person = come_in(people, Register(payer="fee", kind="exam", identity=identity))
    day = day_with(person, None, "somebody-forgotten")
    rows = people.names(day, "room12")
    assert list(rows) == ["2025-03-03-1"]
    assert rows["2025-03-03-1"].name == "Lê Văn Sáu"
    assert rows["2025-03-03-1"].birth_year == "1950"
    assert rows["2025-03-03-1"].warnings == ("year_differs",)
    assert people.names(day, "desk1") == {}
    assert people.names(day, "nowhere") == {}


@pytest.mark.parametrize(
    "text",
    [
        "anh dang",
        "Đặng Ánh",
        "DANG THI NGOC ANH",
        "ngo a",
        "Ánh",
        "345",
        "001050012345",
        "+84 912 345 678",
        "H001",
    ],
)
def test_people_are_found_by_what_is_said_at_a_desk(text: str) -> None:
    people = room()
    person = come_in(people, register(phone="+84912345678"))
    other = come_in(people, register(number="001050099999", name="Trần Văn Bảy"))
    found = people.find(day_with(person, other), text, names=True).visits
    assert [(visit.visit, visit.name, visit.birth_year) for visit in found] == [
        ("2025-03-03-1", "Đặng Thị Ngọc Ánh", "1950")
    ]


@pytest.mark.parametrize("text", ["", "  ", "45", "xuan", "dang dang", "Ngọc Ngọc"])
def test_too_little_or_nobody_finds_nobody(text: str) -> None:
    people = room()
    person = come_in(people, register())
    assert people.find(day_with(person), text, names=True).visits == ()


@pytest.mark.parametrize("text", ["2", "02", "H2", "h002", " h 2 ", "H 002"])
def test_a_visit_number_may_be_typed_without_its_letter_or_its_zeros(text: str) -> None:
    people = room()
    found = people.find(day_with(None, None, None), text, names=True).visits
    assert [visit.number for visit in found] == ["H002"]


def test_the_number_comes_before_those_whose_card_ends_with_it() -> None:
    people = room()
    person = come_in(people, register(number="001050012002"))
    found = people.find(day_with(person, None), "002", names=True).visits
    assert [visit.number for visit in found] == ["H002", "H001"]


def test_who_may_not_see_names_finds_by_number_only() -> None:
    people = room()
    day = day_with(come_in(people, register()))
    (found,) = people.find(day, "h001", names=False).visits
    assert (found.name, found.birth_year, found.state) == ("", "", "open")
    assert people.find(day, "Ánh", names=False).visits == ()


def test_the_forgotten_are_gone_from_memory_too() -> None:
    people = room()
    person = come_in(people, register())
    hashes = people.identifiers(register())
    assert people.forget(NOW) == 0
    assert people.forget(NOW + 1) == 1
    assert people.name_of(person) == ("", "")
    assert people.unknown(hashes)
    staying, leaving = come_in(people, register()), come_in(people, register(number="001050099999"))
    people.keep_only([staying])
    assert people.name_of(staying)[0]
    assert people.name_of(leaving) == ("", "")


def test_nothing_personal_shows_in_a_repr() -> None:
    people = room()
    come_in(people, register())
    assert repr(people) == "<People: 1 today>"
    (known,) = people._today.values()
    for secret in ("Ánh", "anh", "001050012345", "1950"):
        assert secret not in repr(known)
        assert secret not in repr(known.sealed_in)


def test_accents_of_either_form_fold_to_the_same_letters() -> None:
    assert plain("Đường Ngô Quyền Ầ Ẩ Ữ Ợ") == plain("Đường Ngô Quyền Ầ Ẩ Ữ Ợ") == "duong ngo quyen a a u o"
    assert matches(words("an anh"), words("Anh An"))
    assert not matches(words("an an"), words("Anh Bình"))
    for typed in ("H' Thử Êban", "h’thu eban", "thu eban", "H Thử", "eban h'"):
        assert matches(words(typed), words("H'Thử Êban")), typed
        assert matches(words(typed), words("H’ Thử Êban")), typed


def test_an_insurance_card_is_a_card_with_numbers_of_its_own() -> None:
    people = room()
    insured = register(IdentityKind.INSURANCE, "HT3310123456789")
    admitted = admit(people, insured)
    assert admitted.admission.age_group is AgeGroup.FROM_75
    assert not admitted.admission.typed
    person = come_in(people, insured)
    typed = register(IdentityKind.TYPED, "ht 3 31 01 234 56789", name="Ai Đó")
    assert come_in(people, typed) == person
    assert people.name_of(person) == ("Đặng Thị Ngọc Ánh", "1950")
    # Ten digits that somebody types are an insurance card's, unless a telephone or the hospital's own.
    short = come_in(people, register(IdentityKind.INSURANCE, "3112345678"))
    assert come_in(people, register(IdentityKind.TYPED, "3112345678")) == short
    assert come_in(people, register(IdentityKind.HOSPITAL_CARD, "3112345678")) != short


def test_an_insurance_card_with_the_citizen_number_is_the_citizen() -> None:
    people = room()
    person = come_in(people, register())
    assert come_in(people, register(IdentityKind.INSURANCE, "001050012345")) == person
