"""The two demo hospitals: whole, clean, and the same but for who leads."""

import tomllib
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.slip import DEFAULT_TEXTS
from queue_server import site
from queue_server.engine import policies
from queue_server.engine.facility import EXAM_SLOT, Facility
from queue_server.protocol.codes import (
    Authority,
    Binding,
    CalledAs,
    ClinicKind,
    GateName,
    Need,
    ReasonKind,
    Role,
)
from queue_server.protocol.values import replaced
from queue_server.site.sections import NOTICE, TEXTS

DEMOS = ("district", "district-beside")


def demo(name: str) -> Facility:
    return site.load(site.demo(name)).facility


def document(name: str) -> dict[str, Any]:
    return tomllib.loads(site.demo(name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DEMOS)
def test_nothing_is_wrong_but_the_readable_tokens(name: str) -> None:
    problems = {mistake.problem for mistake in site.check(site.demo(name))}
    assert problems == {"the token is readable here, good for a demo only"}


@pytest.mark.parametrize("name", DEMOS)
def test_the_hospital_has_every_kind_of_place(name: str) -> None:
    facility = demo(name)
    kinds = Counter(clinic.kind for clinic in facility.clinics.values())
    exams = [service for service in facility.services.values() if service.kind is ClinicKind.EXAM]
    assert len(facility.halls) == 3
    assert len(exams) >= 10
    assert kinds[ClinicKind.EXAM] >= 20
    assert kinds[ClinicKind.RECEPTION] == 4
    assert {
        ClinicKind.VITALS,
        ClinicKind.SAMPLING,
        ClinicKind.IMAGING,
        ClinicKind.CASHIER,
        ClinicKind.PHARMACY,
        ClinicKind.INFORMATION,
    } <= set(kinds)
    assert facility.clinics["sampling"].places == 4
    assert facility.clinics["vitals"].places == 2
    assert len(facility.kiosks) == 2
    assert {screen.hall for screen in facility.screens.values()} == set(facility.halls)


@pytest.mark.parametrize("name", DEMOS)
def test_who_has_to_fast_is_lifted_early_in_the_morning_and_not_later(name: str) -> None:
    facility = demo(name)
    fasting = [service for service in facility.services.values() if Need.FASTING in service.needs]
    assert fasting
    for service in fasting:
        for hour, lifted in ((7, True), (10, False)):
            at = int(datetime(2026, 11, 23, hour, tzinfo=ZoneInfo(facility.time_zone)).timestamp()) * 1000
            policy = policies.of_service(facility, service.id, at)
            assert (policies.lift(facility, policy, CalledAs.FASTING, at) > 0) is lifted


@pytest.mark.parametrize("name", DEMOS)
def test_the_discreet_clinic_shows_its_door_and_nothing_else(name: str) -> None:
    discreet = [clinic for clinic in demo(name).clinics.values() if clinic.discreet]
    assert [(clinic.public.vi, clinic.public.en) for clinic in discreet] == [("Phòng 15", "Room 15")]


@pytest.mark.parametrize("name", DEMOS)
def test_nearly_every_place_works_round_the_clock_and_every_exam_room_has_a_doctor(name: str) -> None:
    facility = demo(name)
    assert {plan.clinic for plan in facility.sessions} == set(facility.clinics)
    assert {plan.clinic for plan in facility.sessions if (plan.opens, plan.ends) != (0, 1440)} == {"room-19"}
    assert [plan.capacity for plan in facility.sessions if plan.clinic == "room-19"] == [40, 30]
    rooms = {plan.clinic for plan in facility.sessions if plan.practitioner}
    assert rooms == {id_ for id_, clinic in facility.clinics.items() if clinic.kind is ClinicKind.EXAM}


@pytest.mark.parametrize("name", DEMOS)
def test_every_kind_of_reason_and_every_role_is_there(name: str) -> None:
    loaded = site.load(site.demo(name))
    assert {reason.kind for reason in loaded.facility.reasons.values()} == set(ReasonKind)
    assert {device.role for device in loaded.devices} == set(Role) - {Role.PATIENT, Role.CLOCK}
    halls = {device.id: device.hall for device in loaded.devices}
    assert halls["kiosk-1"] == "hall-1"
    assert halls["board-3"] == "hall-3"


def test_insured_and_paying_patients_take_their_ways() -> None:
    routes = demo("district").routes
    assert routes["insured-exam"].steps == ("reception", "vitals", EXAM_SLOT)
    assert routes["fee-exam"].steps == ("cashier", "vitals", EXAM_SLOT)
    assert routes["insured-tests"].steps == ("reception", "sampling")
    assert not routes["ask-reception"].identified
    assert {route.kind for route in routes.values()} == {
        *("exam", "tests", "pharmacy", "reception", "information"),
    }
    assert [id_ for id_, route in routes.items() if not route.identified] == [
        *("ask-reception", "insured-number", "fee-number", "ask-information"),
    ]


def test_the_two_hospitals_differ_only_in_who_leads() -> None:
    alone, beside = demo("district"), demo("district-beside")
    for id_, service in alone.services.items():
        if service.kind is ClinicKind.EXAM:
            led = replaced(service, authority=Authority.BESIDE, binding=Binding.AT_DESK)
            service = replaced(led, choosable=False, gates=(), initial="")
        elif id_ == "reception":
            service = replaced(service, opens=(GateName.VERIFIED,))
        assert beside.services[id_] == service
    # Beside a HIS the desk registers everybody before they pay.
    assert beside.routes["fee-exam"].steps == ("reception", "cashier", "vitals", EXAM_SLOT)
    same = set(document("district")) - {"services", "routes"}
    for section in same:
        assert document("district")[section] == document("district-beside")[section], section


@pytest.mark.parametrize("name", DEMOS)
def test_everything_a_person_reads_is_there_in_both_languages(name: str) -> None:
    def words(value: object) -> None:
        if isinstance(value, dict):
            assert ("vi" in value) == ("en" in value), value
            for inner in value.values():
                words(inner)

    words(document(name))


def test_a_site_may_change_every_word_of_a_ticket() -> None:
    assert set(TEXTS) - {NOTICE} == set(DEFAULT_TEXTS)
