"""What a site file means once it is read."""

import hashlib
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from queue_server import site
from queue_server.engine.facility import (
    Accumulating,
    Ages,
    FirstCome,
    HeadStart,
    Policy,
    PolicyHours,
    PriorityFirst,
    Ratio,
    SessionPlan,
)
from queue_server.protocol.codes import Authority, Binding, CalledAs, GateName, Language, Role

SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")


def load(tmp_path: Path, text: str) -> site.Site:
    file = tmp_path / "site.toml"
    file.write_text(text, encoding="utf-8")
    return site.load(file)


def test_what_is_left_out_has_a_sensible_meaning(tmp_path: Path) -> None:
    facility = load(tmp_path, SMALL).facility
    general = facility.services["general"]
    assert (general.authority, general.binding) == (Authority.ALONE, Binding.LATE)
    assert general.policy.rule == PriorityFirst(at_most=3)
    assert not general.clinic_numbers
    assert facility.clinics["room-2"].public == facility.clinics["room-2"].name
    assert facility.ages == (Ages("", 6, 75),)
    assert (facility.day_ends, facility.retention_hours, facility.ticket_url) == (0, 72, "")
    assert (facility.declared_at_desk, facility.keeps_register) == (False, False)
    assert (facility.insurance_code, facility.self_referred) == ("", "")


def test_a_hospital_that_is_alone_may_keep_a_register_and_word_its_notice(tmp_path: Path) -> None:
    kept = SMALL.replace('reception = "reception"', 'reception = "reception"\nregister = "keep"', 1)
    notice = "Thông tin của quý vị chỉ dùng để khám chữa bệnh. " * 6
    text = kept.replace('title = "PHIẾU KHÁM"', f'title = "PHIẾU KHÁM"\nnotice = "{notice.strip()}"')
    text += '\n[texts.en]\nnotice = "We keep it for as long as you are our patient."\n'
    facility = load(tmp_path, text).facility
    assert facility.keeps_register
    assert facility.texts_vi["notice"] == notice.strip()


def test_what_is_written_is_what_is_meant(tmp_path: Path) -> None:
    service = """
numbering = "clinic"
authority = "his_leads"
binding = "at_check_in"
gates = ["fasting"]
opens = ["paid"]
policy = "priority_first"
at_most = 2
bind_ahead = 5
has_result = true
"""
    facility_keys = """
reception = "reception"
day_ends = "02:30"
retention_hours = 24
ticket_url = "https://queue.example.vn/t/"
languages = ["vi", "en", "km"]
register = "forget"
declared = "desk"
insurance_code = "01K52"
self_referred = "1.18"
"""
    ages = """
[[priority]]
[[priority]]
from = "2027-01-01"
child_under = 7
elder_from = 70
"""
    text = SMALL.replace("choosable = true", service).replace('reception = "reception"', facility_keys, 1)
    facility = load(tmp_path, text + ages).facility
    general = facility.services["general"]
    assert general.clinic_numbers
    assert general.has_result
    assert general.bind_ahead == 5
    assert (general.authority, general.binding) == (Authority.HIS_LEADS, Binding.AT_CHECK_IN)
    assert (general.gates, general.opens) == ((GateName.FASTING,), (GateName.PAID,))
    assert general.policy.rule == PriorityFirst(at_most=2)
    assert (facility.day_ends, facility.retention_hours) == (150, 24)
    assert facility.ages == (Ages("", 6, 75), Ages("2027-01-01", 7, 70))
    assert facility.ticket_url == "https://queue.example.vn/t/"
    assert (facility.declared_at_desk, facility.keeps_register) == (True, False)
    assert (facility.insurance_code, facility.self_referred) == ("01K52", "1.18")
    assert facility.languages == (Language.VI, Language.EN, Language.KM)
    assert facility.texts_vi == {"title": "PHIẾU KHÁM"}
    assert facility.texts_en == {}


def test_every_policy_can_be_written(tmp_path: Path) -> None:
    rules = {
        'policy = "ratio"\nordinary = 3\npriority = 2': Ratio(3, 2),
        'policy = "head_start"\nearlier = 45': HeadStart(45),
        'policy = "first_come"': FirstCome(),
        'policy = "accumulating"\noffsets = { priority = 60 }\ngains = { fasting = 150 }': Accumulating(
            {CalledAs.PRIORITY: 60}, {CalledAs.FASTING: 150}
        ),
    }
    for written, meant in rules.items():
        facility = load(tmp_path, SMALL.replace("choosable = true", written)).facility
        assert facility.services["general"].policy.rule == meant


def test_a_policy_with_all_its_shares_and_hours(tmp_path: Path) -> None:
    written = """
overdue_after = 60
overdue_one_in = 10
returning_one_in = 6
results_first = 20
[[services.general.policy_hours]]
from = "06:00"
to = "09:30"
policy = "first_come"
fasting_until = "09:00"
fasting_minutes = 30
"""
    general = load(tmp_path, SMALL.replace("choosable = true", written)).facility.services["general"]
    assert general.policy == Policy(overdue_after=60, overdue_one_in=10, returning_one_in=6, results_first=20)
    early = Policy(FirstCome(), fasting_until=540, fasting_minutes=30)
    assert general.policy_hours == (PolicyHours(360, 570, early),)


def test_a_session_of_several_clinics_is_one_for_each(tmp_path: Path) -> None:
    assert load(tmp_path, SMALL).facility.sessions == (
        SessionPlan("desk", "", 420, 990),
        SessionPlan("room-3", "", 420, 990),
        SessionPlan("room-2", "bs-may", 420, 690, 40),
    )


def test_a_service_without_a_letter_shares_that_of_reception(tmp_path: Path) -> None:
    services = load(tmp_path, SMALL).facility.services
    assert (services["reception"].letter, services["general"].letter, services["advice"].letter) == (
        "A",
        "H",
        "A",
    )


def test_gates_that_a_payer_waives(tmp_path: Path) -> None:
    text = SMALL.replace("insured = true", 'insured = true\nwaives = ["paid"]')
    assert load(tmp_path, text).facility.payers["insured"].waives == (GateName.PAID,)


def test_two_doctors_may_share_a_room_with_two_desks(tmp_path: Path) -> None:
    text = SMALL.replace('room = "2"', 'room = "2"\nplaces = 2').replace("capacity = 40", 'desk = "02.03"')
    text += '\n[[sessions]]\nclinic = "room-2"\nfrom = "07:00"\nto = "11:30"\ndesk = "02.04"\n'
    assert len(load(tmp_path, text).facility.sessions) == 4
    with pytest.raises(site.SiteMistakes, match=r"room-2 works at the same time"):
        load(tmp_path, text.replace("02.04", "02.03"))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_marks_may_come_in_either_form_and_from_any_editor(
    form: Literal["NFC", "NFD"], tmp_path: Path
) -> None:
    file = tmp_path / "site.toml"
    text = unicodedata.normalize(form, SMALL)
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert site.load(file).facility.name.vi == "Trạm Y tế Làng Mây"


def test_a_token_names_its_device_and_no_other_does(tmp_path: Path) -> None:
    fresh = site.new_token()
    text = SMALL.replace("3" * 64, fresh.sha256)
    text = text.replace('token_sha256 = "' + "2" * 64 + '"', 'token = "demo-board-1"')
    loaded = load(tmp_path, text)
    room = site.holder(loaded.devices, fresh.token)
    board = site.holder(loaded.devices, "demo-board-1")
    assert room is not None
    assert (room.id, room.role, room.clinics) == ("room", Role.CLINIC, ("room-2",))
    assert board is not None
    assert (board.id, board.hall, board.token) == ("board-1", "porch", "demo-board-1")
    for wrong in ("", "demo-board-2", fresh.sha256, "1" * 64, "chữ có dấu"):
        assert site.holder(loaded.devices, wrong) is None


def test_a_new_token_is_never_the_same_and_its_hash_is_plain_sha256() -> None:
    one, two = site.new_token(), site.new_token()
    assert one.token != two.token
    assert one.sha256 == hashlib.sha256(one.token.encode()).hexdigest()


def test_tokens_are_not_shown_when_a_device_is() -> None:
    device = site.Device("room", Role.CLINIC, site.digest("demo-room"), token="demo-room")
    assert "demo-room" not in repr(device)
    assert device.token_sha256 not in repr(device)
