"""The portal's adapter against a server on a real socket: what each answer, delay and error comes to."""

import asyncio
import datetime as dt
import ipaddress
import json
import logging
import ssl
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from queue_server.insurance import portal as portal_module
from queue_server.insurance.account import Account
from queue_server.insurance.meanings import MEANINGS, Then, meaning
from queue_server.insurance.port import Card, Fault, LookupFailed, Verdict
from queue_server.insurance.portal import Portal
from tests.support.fake_portal import HISTORY, PASSWORD_HASH, STAFF, USERNAME, FakePortal, Reply, card, token

ACCOUNT = Account(USERNAME, PASSWORD_HASH, *STAFF)
CARD = Card("DN4790000000000", "Trần Thị Mẫu Thử", "1990-08-15")


def _against(
    fake: FakePortal,
    talk: Callable[[Portal], Awaitable[None]],
    *,
    timeout: float = 5.0,
    at_once: int = 2,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    async def story() -> None:
        async with fake:
            portal = Portal(fake.url, ACCOUNT, timeout=timeout, at_once=at_once, monotonic=monotonic)
            try:
                await talk(portal)
            finally:
                await portal.close()

    asyncio.run(story())


def _asked(fake: FakePortal, asked: Card = CARD, *, timeout: float = 5.0) -> Verdict:
    found: list[Verdict] = []

    async def ask(portal: Portal) -> None:
        found.append(await portal.ask(asked))

    _against(fake, ask, timeout=timeout)
    return found[0]


def _fault(fake: FakePortal, *, timeout: float = 5.0) -> Fault:
    with pytest.raises(LookupFailed) as caught:
        _asked(fake, timeout=timeout)
    return caught.value.fault


def _says(reply: Reply) -> FakePortal:
    return FakePortal(lambda asked: reply)


# What is sent ------------------------------------------------------------------------------------------


def test_a_card_is_asked_for_in_a_named_persons_name() -> None:
    fake = FakePortal()
    _asked(fake)
    assert fake.taken == [{"username": USERNAME, "password": PASSWORD_HASH}]
    assert fake.addresses == [
        {"token": "access", "id_token": "identity", "username": USERNAME, "password": PASSWORD_HASH}
    ]
    assert fake.asked == [
        {
            "maThe": "DN4790000000000",
            "hoTen": "Trần Thị Mẫu Thử",
            "ngaySinh": "15/08/1990",
            "hoTenCb": STAFF[0],
            "cccdCb": STAFF[1],
        }
    ]


@pytest.mark.parametrize(
    ("birth", "sent"), [("1990-08-15", "15/08/1990"), ("1990-08", "1990"), ("1990", "1990")]
)
def test_a_birth_date_is_sent_as_far_as_it_is_known(birth: str, sent: str) -> None:
    fake = FakePortal()
    _asked(fake, Card(CARD.number, CARD.name, birth))
    assert fake.asked[0]["ngaySinh"] == sent


# What is answered --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [code for code in MEANINGS if meaning(code).then in (Then.DONE, Then.OURS)])
def test_every_result_code_comes_back(code: str) -> None:
    verdict = _asked(_says(card(code)))
    assert verdict.code == code
    told = ("2026-07-01", "2027-06-30") if code == "003" else ("2026-01-01", "2026-12-31")
    assert (verdict.valid_from, verdict.valid_until) == told


@pytest.mark.parametrize("code", [code for code in MEANINGS if meaning(code).then is Then.ACCOUNT])
def test_an_account_that_is_not_taken_is_no_answer_about_a_card(code: str) -> None:
    assert _fault(_says(card(code))) is Fault.AUTHENTICATION


@pytest.mark.parametrize("code", [code for code in MEANINGS if meaning(code).then is Then.AGAIN])
def test_a_portal_that_is_out_of_order_is_no_answer_about_a_card(code: str) -> None:
    assert _fault(_says(card(code))) is Fault.CANNOT_LOOK


def test_a_code_nobody_told_us_of_comes_back_as_it_is() -> None:
    assert _asked(_says(card("777"))).code == "777"


@pytest.mark.parametrize("date", [None, "", "-", "31/02/2026", "2026", "99/99/9999"])
def test_a_validity_that_is_no_date_is_none(date: str | None) -> None:
    verdict = _asked(_says(card(gtTheTu=date, gtTheDen=date)))
    assert (verdict.valid_from, verdict.valid_until) == ("", "")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=b""),
        Reply(raw=b"<html>maintenance</html>"),
        Reply(raw=b'{"maKetQua": "000"'),
        Reply(raw=b"\xff\xfe"),
        Reply(raw=b"[]"),
        Reply({"maKetQua": None}),
        Reply({"maKetQua": "a sentence about a patient"}),
        Reply({}),
        Reply({"maKetQua": "000", "gtTheTu": {"day": 1}}),
    ],
)
def test_what_cannot_be_read_is_a_bad_answer(reply: Reply) -> None:
    assert _fault(_says(reply)) is Fault.BAD_ANSWER


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal_module, "LONGEST_ANSWER", 1_000)
    assert _fault(_says(card(visits=100))) is Fault.BAD_ANSWER


@pytest.mark.parametrize(
    "reply", [Reply(status=500), Reply(status=404), Reply(status=503), Reply(cut=True), Reply(status=204)]
)
def test_a_portal_that_is_not_itself_is_unreachable(reply: Reply) -> None:
    assert _fault(_says(reply)) is Fault.UNREACHABLE


def test_nobody_is_followed_elsewhere() -> None:
    elsewhere = FakePortal()

    async def story() -> None:
        async with elsewhere:
            moved = Reply(status=307, location=f"{elsewhere.url}/api/egw/KQNhanLichSuKCB2024")
            async with _says(moved) as fake:
                portal = Portal(fake.url, ACCOUNT, timeout=5, at_once=1)
                with pytest.raises(LookupFailed):
                    await portal.ask(CARD)
                await portal.close()

    asyncio.run(story())
    assert elsewhere.asked == elsewhere.taken == []


def test_nobody_listens() -> None:
    async def story() -> None:
        async with FakePortal() as fake:
            url = fake.url
        portal = Portal(url, ACCOUNT, timeout=5, at_once=1)
        with pytest.raises(LookupFailed) as caught:
            await portal.ask(CARD)
        assert caught.value.fault is Fault.UNREACHABLE
        await portal.close()

    asyncio.run(story())


@pytest.mark.parametrize("slow", ["tokens", "answers"])
def test_a_delay_is_not_waited_for(slow: str) -> None:
    fake = FakePortal()
    setattr(fake, slow, lambda *_: Reply(waits=60))
    assert _fault(fake, timeout=0.1) is Fault.TIMEOUT


# Tokens ------------------------------------------------------------------------------------------------


def _moment() -> str:
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    return f"{ends:%Y-%m-%dT%H:%M:%S.%f}7Z"


@pytest.mark.parametrize(
    ("expires_in", "after", "taken"),
    [
        (3600, 3000, 1),
        (3600, 3600, 2),
        ("3600", 3000, 1),
        ("3600", 3600, 2),
        (_moment, 3000, 1),
        (_moment, 3600, 2),
        ("soon", 600, 1),
        (None, 600, 1),
        (None, 900, 2),
        (1, 30, 1),
        (-5, 61, 2),
        (10**9, 90_000, 2),
    ],
)
def test_a_token_is_used_until_it_ends(expires_in: object, after: float, taken: int) -> None:
    fake = FakePortal()
    fake.tokens = lambda: token(expires_in=expires_in() if callable(expires_in) else expires_in)
    now = [1_000.0]

    async def twice(portal: Portal) -> None:
        await portal.ask(CARD)
        now[0] += after
        await portal.ask(CARD)

    _against(fake, twice, monotonic=lambda: now[0])
    assert len(fake.taken) == taken


def test_a_token_without_its_wrapping_is_taken_too() -> None:
    fake = FakePortal()
    fake.tokens = lambda: Reply({"access_token": "bare", "id_token": "one", "expires_in": 60})
    _asked(fake)
    assert (fake.addresses[0]["token"], fake.addresses[0]["id_token"]) == ("bare", "one")


@pytest.mark.parametrize("refusal", [Reply(status=401), card("401")])
def test_a_token_that_ended_early_is_taken_anew_once(refusal: Reply) -> None:
    fake = FakePortal(lambda asked: refusal if len(fake.asked) == 1 else card())
    assert _asked(fake).code == "000"
    assert (len(fake.taken), len(fake.asked)) == (2, 2)


@pytest.mark.parametrize("refusal", [Reply(status=401), Reply(status=403), card("401")])
def test_a_second_refusal_is_meant(refusal: Reply) -> None:
    fake = _says(refusal)
    assert _fault(fake) is Fault.AUTHENTICATION
    assert (len(fake.taken), len(fake.asked)) == (2, 2)


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(status=401), Fault.AUTHENTICATION),
        (Reply({"maKetQua": "401"}), Fault.AUTHENTICATION),
        (Reply({"maKetQua": "402"}), Fault.AUTHENTICATION),
        (Reply({"maKetQua": 403}), Fault.AUTHENTICATION),
        (Reply({"maKetQua": "500"}), Fault.BAD_ANSWER),
        (Reply({"maKetQua": "200"}), Fault.BAD_ANSWER),
        (Reply(raw=b"?"), Fault.BAD_ANSWER),
        (Reply(status=500), Fault.UNREACHABLE),
    ],
)
def test_no_token_no_look_up(reply: Reply, fault: Fault) -> None:
    fake = FakePortal()
    fake.tokens = lambda: reply
    assert _fault(fake) is fault
    assert fake.asked == []


def test_many_who_come_at_once_share_a_token_and_the_places() -> None:
    fake = FakePortal(lambda asked: Reply(card().body, waits=0.02))

    async def many(portal: Portal) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(12):
                group.create_task(portal.ask(CARD))

    _against(fake, many, at_once=3)
    assert (len(fake.taken), len(fake.asked), fake.busiest) == (1, 12, 3)


def test_a_password_that_is_refused_is_said_once_however_many_wait_for_the_token() -> None:
    fake = FakePortal()
    fake.tokens = lambda: Reply({"maKetQua": "401"}, waits=0.05)

    async def many(portal: Portal) -> None:
        found = await asyncio.gather(*(portal.ask(CARD) for _ in range(6)), return_exceptions=True)
        faults = [each.fault for each in found if isinstance(each, LookupFailed)]
        assert faults == [Fault.AUTHENTICATION] * 6
        assert len(fake.taken) == 1
        # Later it may be right again.
        fake.tokens = token
        assert (await portal.ask(CARD)).code == "000"

    _against(fake, many, at_once=6)


def test_the_wait_for_a_place_is_not_the_portals_delay() -> None:
    fake = FakePortal(lambda asked: Reply(card().body, waits=0.05))

    async def many(portal: Portal) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(portal.ask(CARD))

    _against(fake, many, at_once=1, timeout=0.4)
    assert len(fake.asked) == 10


# Transport ---------------------------------------------------------------------------------------------


@pytest.fixture
def self_signed(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    both = tmp_path / "portal.pem"
    both.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, both


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_portal_that_proves_itself_is_told_anything(
    self_signed: tuple[ssl.SSLContext, Path], trusted: bool
) -> None:
    context, file = self_signed
    fake = FakePortal().with_tls(context)

    async def story() -> None:
        async with fake:
            tls = ssl.create_default_context(cafile=str(file)) if trusted else True
            portal = Portal(fake.url, ACCOUNT, timeout=5, at_once=1, tls=tls)
            try:
                if trusted:
                    assert (await portal.ask(CARD)).code == "000"
                else:
                    with pytest.raises(LookupFailed) as caught:
                        await portal.ask(CARD)
                    assert caught.value.fault is Fault.UNREACHABLE
            finally:
                await portal.close()

    asyncio.run(story())
    assert bool(fake.taken) is trusted


# What nobody may keep ----------------------------------------------------------------------------------


def test_the_history_of_a_lifetime_is_dropped_unread() -> None:
    reply = Reply(raw=json.dumps(card(visits=25_000).body, ensure_ascii=False).encode())
    assert reply.raw is not None
    assert len(reply.raw) > 3_000_000
    fake = _says(reply)
    verdicts: list[Verdict] = []
    kept: list[int] = []

    async def ask(portal: Portal) -> None:
        verdicts.append(await portal.ask(CARD))
        tracemalloc.start()
        try:
            verdicts.extend([await portal.ask(CARD) for _ in range(5)])
            kept.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()

    _against(fake, ask)
    assert {verdict.code for verdict in verdicts} == {"000"}
    assert HISTORY not in repr(verdicts)
    assert kept[0] < 1_000_000


def test_what_is_read_of_an_answer_has_no_place_for_a_history() -> None:
    read = set(portal_module._Told.__struct_encode_fields__)
    assert read == {"maKetQua", "gtTheTu", "gtTheDen", "gtTheTuMoi", "gtTheDenMoi"}
    assert set(Verdict.__struct_fields__) == {"code", "valid_from", "valid_until"}


@pytest.mark.parametrize(
    "reply", [card(), card("054"), Reply(raw=b"{"), Reply(status=500), Reply(cut=True), Reply(waits=60)]
)
def test_nothing_personal_and_no_secret_is_logged_or_said(
    reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    async def ask(portal: Portal) -> None:
        said.append(repr(portal))
        try:
            said.append(repr(await portal.ask(CARD)))
        except LookupFailed as failed:
            said.append(f"{failed!r} {failed} {failed.__cause__!r}")

    _against(_says(reply), ask, timeout=0.5)
    everything = caplog.text + "".join(str(vars(record)) for record in caplog.records) + "".join(said)
    personal = (CARD.number, CARD.name, "1990", PASSWORD_HASH, *STAFF, "access", "identity", HISTORY)
    assert [word for word in personal if word in everything] == []
    assert repr(CARD) == "<a card>"
