"""Every text exists in both languages, every code has words, and no accent is lost."""

import string
import unicodedata
from collections.abc import Iterator
from enum import Enum
from types import ModuleType

import pytest

from display import texts
from display.board import picture
from display.console import words
from display.console.words import ACTIONS, EXPLAINED, KEYS, Action
from kiosk.identity.values import Doubt
from queue_server.people.insured import EXPIRED, NOT_YET
from queue_server.protocol import codes
from queue_server.protocol.codes import Language, Refusal
from queue_server.protocol.labels import Label
from queue_server.protocol.messages import Rejected

TABLES = {
    codes.Notice: texts.NOTICES,
    codes.Lane: texts.LANES,
    codes.Grant: texts.GRANTS,
    codes.StepState: texts.STATES,
    codes.PresenceKind: texts.PRESENCES,
    codes.Help: texts.HELPS,
    codes.Result: texts.RESULTS,
    codes.ClinicKind: texts.KINDS,
    codes.ClinicState: texts.CLINIC_STATES,
    codes.VisitWait: texts.WAITS,
    codes.VisitEnd: texts.ENDS,
    codes.AlertKind: texts.ALERTS,
    codes.StepChange: texts.STEP_CHANGES,
    codes.VisitChange: texts.VISIT_CHANGES,
    codes.Refusal: texts.REFUSALS,
    codes.IdentityKind: texts.IDENTIFIED,
    codes.Brought: texts.BROUGHT,
    codes.InsuranceStatus: texts.INSURANCE_STATUS,
    codes.InsuranceAdvice: texts.INSURANCE_ADVICE,
    codes.PortalState: texts.PORTAL_STATES,
    codes.CloseCode: texts.CLOSES,
}


def labels(module: ModuleType) -> Iterator[tuple[str, Label]]:
    for name, value in vars(module).items():
        if isinstance(value, Label):
            yield f"{module.__name__}.{name}", value
        elif isinstance(value, dict):
            for key, label in value.items():
                if isinstance(label, Label):
                    yield f"{module.__name__}.{name}[{key}]", label


ALL = [found for module in (texts, picture, words) for found in labels(module)]


@pytest.mark.parametrize(("code", "table"), TABLES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_every_code_has_words(code: type[Enum], table: dict[object, Label]) -> None:
    assert set(table) == set(code)


def test_every_warning_that_a_kiosk_or_the_server_sends_has_words() -> None:
    assert set(texts.WARNINGS) == {doubt.value for doubt in Doubt} | {EXPIRED, NOT_YET}


@pytest.mark.parametrize("table", [texts.GATES, texts.GATE_OPENS])
def test_every_gate_has_words_shut_and_open(table: dict[codes.GateName, Label]) -> None:
    assert set(table) == set(codes.GateName)


@pytest.mark.parametrize(("name", "label"), ALL, ids=[name for name, _ in ALL])
def test_every_text_is_there_in_both_languages(name: str, label: Label) -> None:
    assert label.vi.strip()
    assert label.en.strip()
    assert unicodedata.is_normalized("NFC", label.vi)
    fields = [
        {field for _, field, _, _ in string.Formatter().parse(one) if field} for one in (label.vi, label.en)
    ]
    assert fields[0] == fields[1]


def test_there_are_many_texts() -> None:
    assert len(ALL) > 200


def test_the_words_that_the_law_of_the_hall_asks_for() -> None:
    assert texts.LINK_LOST.vi == "Màn hình tạm gián đoạn – xin nghe nhân viên gọi"
    assert picture.MISSED.vi == "ĐÃ GỌI – mời quét lại phiếu"
    assert texts.NOTICES[codes.Notice.EMERGENCY].vi == "Bác sĩ đang xử trí cấp cứu – giữ nguyên số"


def test_every_action_has_one_key_and_is_explained() -> None:
    assert set(ACTIONS) == set(Action) == set(KEYS) == set(EXPLAINED)
    assert len(set(KEYS.values())) == len(KEYS)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("code", list(Refusal))
def test_a_refusal_is_a_sentence_even_without_its_facts(code: Refusal, language: Language) -> None:
    told = words.refusal(Rejected(id="x", code=code), language, {}, str)
    assert "{" not in told
    assert told.endswith((".", "!"))


def test_a_refusal_tells_its_facts_in_words() -> None:
    clinics = {"us-1": Label(vi="Siêu âm 1", en="Ultrasound 1")}
    told = words.refusal(
        Rejected(id="x", code=Refusal.PATIENT_BUSY, facts={"clinic": "us-1"}), Language.VI, clinics, str
    )
    assert "Siêu âm 1" in told
    told = words.refusal(
        Rejected(id="x", code=Refusal.NOBODY_WAITING, facts={"why_empty": {"unpaid": 2, "absent": 1}}),
        Language.EN,
        {},
        str,
    )
    assert "2 have not paid, 1 missed, not back yet" in told
    told = words.refusal(
        Rejected(id="x", code=Refusal.GATE_SHUT, facts={"gates": ("paid", "verified")}), Language.VI, {}, str
    )
    assert "chưa đóng tiền, chờ kiểm tra thẻ" in told


def test_a_missing_fact_never_shows_a_brace() -> None:
    assert texts.fill(Label(vi="a {x} b", en="{x}"), {"x": None}) == Label(vi="a … b", en="…")


def test_an_unknown_close_code_has_words() -> None:
    assert texts.close_reason(1006).vi
    assert texts.close_reason(codes.CloseCode.BAD_TOKEN) == texts.CLOSES[codes.CloseCode.BAD_TOKEN]


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [(0.4, "0 giây", "0 s"), (59, "59 giây", "59 s"), (61, "1 phút", "1 min"), (7300, "2 giờ", "2 h")],
)
def test_age_is_told_in_the_unit_a_person_would_use(seconds: float, vi: str, en: str) -> None:
    assert texts.age(seconds, Language.VI) == vi
    assert texts.age(seconds, Language.EN) == en
