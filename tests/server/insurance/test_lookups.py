"""Look-ups beside a whole server: what staff see, what is kept, and that nobody ever waits for the portal."""

import asyncio
import logging
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from queue_server.app import App
from queue_server.engine.model import Actor
from queue_server.insurance.account import Account
from queue_server.insurance.settings import Settings
from queue_server.lookups import LOOKUPS
from queue_server.protocol.codes import IdentityKind, Role
from queue_server.protocol.commands import Identify, Identity, NoteInsurance
from queue_server.protocol.values import replaced
from queue_server.site import Site
from tests.support.fake_portal import HISTORY, PASSWORD_HASH, STAFF, USERNAME, FakePortal, Reply, card, token
from tests.support.served import Message, Talk, new_id, register, serving, site, talking, until

CARD = "DN4790000000000"
ALL_DAY = (0, 1440)


def _insured(number: str = CARD, **more: Any) -> Message:
    identity = {
        "kind": "insurance",
        "number": number,
        "name": "Trần Thị Mẫu Thử",
        "birth": "1990-08-15",
        "insurance": {"card": number},
    }
    return register(identity=identity, **more)


def _plan(fake: FakePortal, hours: tuple[int, int] = ALL_DAY) -> Site:
    plan = site()
    account = Account(USERNAME, PASSWORD_HASH, *STAFF)
    settings = Settings(fake.url, account, 5, 2, *hours)
    return replace(plan, insurance=settings, facility=replaced(plan.facility, insurance_lookup=True))


@asynccontextmanager
async def _looking_up(folder: Path, fake: FakePortal, **more: Any) -> AsyncIterator[tuple[App, Talk]]:
    async with (
        serving(folder, plan=_plan(fake, **more)) as app,
        talking(app, "reception") as desk,
    ):
        yield app, desk


async def _registered(desk: Talk, command: Message) -> str:
    answer = await desk.do(command)
    assert answer["type"] == "accepted", answer
    visit: str = answer["result"]["visit"]
    return visit


class _Names:
    """The names at the first reception counter, as a console follows them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._talk: Talk | None = None
        self.rows: dict[str, Message] = {}

    async def __aenter__(self) -> Self:
        self._talk = await Talk(self._app.port).__aenter__()
        await self._talk.hello("reception")
        snapshot = await self._talk.follow("names:reception-1")
        self.rows = {row["key"]: row for row in snapshot["rows"]}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._talk is not None
        await self._talk.__aexit__(kind, error, trace)

    async def answer(self, visit: str, code: str) -> Message:
        """The facts of a visit as soon as they have an answer with this code."""
        assert self._talk is not None
        async with asyncio.timeout(10):
            while True:
                facts: Message = self.rows.get(visit, {}).get("insurance", {})
                if facts.get("check", {}).get("code") == code:
                    return facts
                patch = await self._talk.take("patch", topic="names:reception-1")
                self.rows |= {row["key"]: row for row in patch.get("put", ())}


def _kept(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


# What staff see ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "advice"),
    [
        ("000", "verified", "go_on"),
        ("004", "verified", "use_both_cards"),
        ("010", "invalid", "expired"),
        ("060", "invalid", "compare_name"),
    ],
)
def test_staff_see_what_the_insurance_answered(tmp_path: Path, code: str, status: str, advice: str) -> None:
    async def story() -> None:
        async with FakePortal(lambda asked: card(code)) as fake, _looking_up(tmp_path, fake) as (app, desk):
            async with _Names(app) as names:
                visit = await _registered(desk, _insured())
                facts = await names.answer(visit, code)
            assert (facts["check"]["valid_from"], facts["check"]["valid_until"]) == (
                "2026-01-01",
                "2026-12-31",
            )
            assert (facts.get("status", "unverified"), facts["advice"]) == (status, advice)
            assert [asked["maThe"] for asked in fake.asked] == [CARD]

    asyncio.run(story())


def test_only_the_insured_are_looked_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with FakePortal() as fake, _looking_up(tmp_path, fake) as (app, desk):
            await _registered(desk, _insured("DN4790000000001", payer="fee"))
            await _registered(desk, register(identity=None))
            visit = await _registered(desk, _insured())
            async with _Names(app) as names:
                await names.answer(visit, "000")
            assert [asked["maThe"] for asked in fake.asked] == [CARD]

    asyncio.run(story())


def test_staff_may_have_it_asked_again(tmp_path: Path) -> None:
    codes = ["060", "000"]

    async def story() -> None:
        async with (
            FakePortal(lambda asked: card(codes.pop(0))) as fake,
            _looking_up(tmp_path, fake) as (app, desk),
            _Names(app) as names,
        ):
            visit = await _registered(desk, _insured())
            await names.answer(visit, "060")
            again = {"type": "check_insurance", "visit": visit}
            assert (await desk.do(again))["type"] == "accepted"
            await names.answer(visit, "000")
            told = await desk.ask({"type": "visit_journal", "visit": visit})
            changes = [
                line["change"] for line in told["answer"]["lines"] if line["event"] == "insurance_checked"
            ]
            assert changes == ["answered", "asked", "answered"]
            assert (await desk.do({"type": "check_insurance", "visit": "nobody"}))["code"] == "unknown_visit"
            nameless = await _registered(desk, register(identity=None))
            refused = await desk.do({"type": "check_insurance", "visit": nameless})
            assert (refused["code"], refused["facts"]) == ("not_offered", {"visit": nameless})

    asyncio.run(story())


def test_where_nobody_is_looked_up_nobody_can_be(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as app, talking(app, "reception") as desk:
            visit = await _registered(desk, _insured())
            assert (await desk.do({"type": "check_insurance", "visit": visit}))["code"] == "not_offered"
            rows = (await desk.follow("facility"))["rows"]
            assert [row for row in rows if row["type"] == "insurance_portal"] == []

    asyncio.run(story())


def test_another_card_is_asked_about_and_the_word_on_the_first_is_dropped(tmp_path: Path) -> None:
    other = "DN4790000000777"

    async def story() -> None:
        async with (
            FakePortal(lambda asked: Reply(card().body, waits=0.3 if asked["maThe"] == CARD else 0)) as fake,
            _looking_up(tmp_path, fake) as (app, desk),
            _Names(app) as names,
        ):
            visit = await _registered(desk, _insured())
            await until(lambda: bool(fake.asked))
            identity = _insured(other)["identity"]
            answer = await desk.do({"type": "identify", "visit": visit, "identity": identity})
            assert answer["type"] == "accepted", answer
            facts = await names.answer(visit, "000")
            assert facts["card"] == other
            assert [asked["maThe"] for asked in fake.asked] == [CARD, other]
            await until(lambda: app.lookups is not None and app.lookups.waiting == 0)

    asyncio.run(story())


def test_a_card_that_a_desk_tells_is_asked_about(tmp_path: Path) -> None:
    other = "DN4790000000777"

    async def story() -> None:
        async with (
            FakePortal(lambda asked: card("004" if asked["maThe"] == other else "000")) as fake,
            _looking_up(tmp_path, fake) as (app, desk),
            _Names(app) as names,
        ):
            visit = await _registered(desk, register(payer="insured"))
            await names.answer(visit, "000")
            told = {"type": "tell_insurance", "visit": visit, "insurance": {"card": other, "transfer": True}}
            assert (await desk.do(told))["type"] == "accepted"
            await until(lambda: [asked["maThe"] for asked in fake.asked][1:] == [other])
            facts = await names.answer(visit, "004")
            assert (facts["card"], facts["suggested"]) == (other, "1.3")
            # Slips alone are no other card.
            slips = {"type": "tell_insurance", "visit": visit, "insurance": {"revisit": True}}
            assert (await desk.do(slips))["type"] == "accepted"
            await until(lambda: app.lookups is not None and app.lookups.waiting == 0)
            assert len(fake.asked) == 2

    asyncio.run(story())


def test_a_name_that_a_desk_corrects_is_asked_about_anew(tmp_path: Path) -> None:
    name = "Trần Thị Mẫu"

    async def story() -> None:
        async with (
            FakePortal(lambda asked: card("000" if asked["hoTen"] == name else "060")) as fake,
            _looking_up(tmp_path, fake) as (app, desk),
            _Names(app) as names,
        ):
            visit = await _registered(desk, _insured())
            await names.answer(visit, "060")
            identity = {**_insured()["identity"], "name": name}
            assert (await desk.do({"type": "identify", "visit": visit, "identity": identity}))[
                "type"
            ] == "accepted"
            facts = await names.answer(visit, "000")
            assert facts["status"] == "verified"
            assert [asked["hoTen"] for asked in fake.asked][1:] == [name]

    asyncio.run(story())


# What is kept ------------------------------------------------------------------------------------------


def test_nothing_of_a_history_is_kept_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        async with (
            FakePortal(lambda asked: card(visits=20_000)) as fake,
            _looking_up(tmp_path, fake) as (app, desk),
            _Names(app) as names,
        ):
            visit = await _registered(desk, _insured())
            await names.answer(visit, "000")
            await desk.ask({"type": "visit_journal", "visit": visit})
            shown = [text for frame in (desk, names._talk) if frame is not None for text in frame.frames]
        assert HISTORY not in "".join(shown)

    asyncio.run(story())
    kept = _kept(tmp_path)
    assert b"insurance_checked" in kept
    unseen = (HISTORY, CARD, "Trần Thị Mẫu Thử", STAFF[0], STAFF[1], PASSWORD_HASH, "2026-12-31")
    assert [text for text in unseen if text.encode() in kept] == []
    # What the test's own client says of its frames is the test's.
    ours = [record for record in caplog.records if not record.name.startswith("websockets.client")]
    logged = "".join(f"{record.getMessage()} {vars(record)}" for record in ours)
    assert "insurance portal is reachable" in logged
    assert [text for text in unseen if text in logged] == []


def test_an_answer_outlives_a_restart_and_is_not_asked_for_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with FakePortal() as fake:
            async with _looking_up(tmp_path, fake) as (app, desk), _Names(app) as names:
                visit = await _registered(desk, _insured())
                await names.answer(visit, "000")
            async with _looking_up(tmp_path, fake) as (app, _), _Names(app) as names:
                await names.answer(visit, "000")
                assert len(fake.asked) == 1

    asyncio.run(story())


def test_whoever_has_no_answer_is_looked_up_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with FakePortal() as fake:
            fake.answers = lambda asked: Reply(status=503)
            async with _looking_up(tmp_path, fake) as (app, desk):
                visit = await _registered(desk, _insured())
                await until(lambda: bool(fake.asked))
            fake.answers = lambda asked: card("010")
            async with _looking_up(tmp_path, fake) as (app, _), _Names(app) as names:
                assert (await names.answer(visit, "010"))["status"] == "invalid"

    asyncio.run(story())


def test_the_same_word_twice_is_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with FakePortal() as fake, _looking_up(tmp_path, fake) as (app, desk):
            visit = await _registered(desk, _insured())
            await until(lambda: app.lookups is not None and app.lookups.waiting == 0)
            word = NoteInsurance(visit=visit, card=CARD, code="010", at=1)
            id_, seq = new_id(), app.service.seq
            answers = [await app.service.submit(LOOKUPS, id_, word) for _ in range(2)]
            assert answers[0] == answers[1]
            assert b'"accepted"' in answers[0]
            assert app.service.seq == seq + 1
            elsewhere = NoteInsurance(visit=visit, card="DN4790000000999", code="000", at=1)
            assert b'"changed"' in await app.service.submit(LOOKUPS, new_id(), elsewhere)

    asyncio.run(story())


def test_a_word_on_somebody_whom_a_desk_identifies_in_the_same_moment_loses_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            FakePortal() as fake,
            _looking_up(tmp_path, fake) as (app, desk),
            _Names(app) as names,
        ):
            visit = await _registered(desk, _insured())
            await names.answer(visit, "000")
            identity = Identity(
                IdentityKind.INSURANCE, CARD, "Trần Thị Mẫu Thử", "1990-08-15", phone="0900000000"
            )
            both = [
                app.service.post(
                    Actor("desk", Role.RECEPTION), new_id(), Identify(visit=visit, identity=identity)
                ),
                app.service.post(LOOKUPS, new_id(), NoteInsurance(visit=visit, card=CARD, code="010", at=1)),
            ]
            said, word = await asyncio.gather(*both)
            assert b'"accepted"' in said
            assert b'"accepted"' in word
            await names.answer(visit, "010")
            assert (await desk.ask({"type": "find", "text": "0900000000"}))["answer"]["visits"]

    asyncio.run(story())


# In nobody's way ---------------------------------------------------------------------------------------


async def _answered_in(kiosk: Talk, number: int) -> float:
    """Seconds from a registration to its answer."""
    begun = time.perf_counter()
    assert (await kiosk.do(_insured(f"DN47900000{number:05d}")))["type"] == "accepted"
    return time.perf_counter() - begun


def test_a_portal_that_hangs_delays_no_registration(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            FakePortal(lambda asked: Reply(waits=60)) as fake,
            serving(tmp_path / "hanging", plan=_plan(fake)) as with_portal,
            serving(tmp_path / "without") as without_portal,
            talking(with_portal, "kiosk-1") as hanging,
            talking(without_portal, "kiosk-1") as without,
        ):
            # In turn, so that whatever else the machine does falls on both alike.
            took = [
                (await _answered_in(hanging, number), await _answered_in(without, number))
                for number in range(80)
            ]
            assert fake.taken
            assert with_portal.lookups is not None
            assert with_portal.lookups.waiting == 80
        beside, alone = (statistics.median(each) for each in zip(*took, strict=True))
        assert beside < alone * 1.5 + 0.002

    asyncio.run(story())


def test_an_account_that_is_refused_is_one_alert_for_everybody(tmp_path: Path) -> None:
    async def story() -> None:
        async with FakePortal() as fake, _looking_up(tmp_path, fake) as (app, desk):
            fake.answers = lambda asked: card("054")
            for number in range(5):
                await _registered(desk, _insured(f"DN47900000{number:05d}"))
            await until(lambda: app.lookups is not None and len(fake.asked) >= 1)
            async with talking(app, "supervisor") as head:
                rows = (await head.follow("facility"))["rows"]
                while not (alerts := [row for row in rows if row["type"] == "alert"]):
                    rows = (await head.take("patch", topic="facility")).get("put", ())
                while not (states := [row["state"] for row in rows if row["type"] == "insurance_portal"]):
                    rows = (await head.take("patch", topic="facility")).get("put", ())
            assert [(row["kind"], row["subject"]) for row in alerts] == [("insurance", "insurance-portal")]
            assert states == ["account_refused"]
            assert len(fake.asked) <= 2

    asyncio.run(story())


def test_outside_its_hours_nobody_is_looked_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with FakePortal() as fake, _looking_up(tmp_path, fake, hours=(0, 0)) as (app, desk):
            await _registered(desk, _insured())
            async with talking(app, "supervisor") as head:
                rows = (await head.follow("facility"))["rows"]
                while "resting" not in [row.get("state") for row in rows]:
                    rows = (await head.take("patch", topic="facility")).get("put", ())
            assert fake.taken == []

    asyncio.run(story())


def test_tokens_that_end_do_not_matter(tmp_path: Path) -> None:
    async def story() -> None:
        async with FakePortal() as fake, _looking_up(tmp_path, fake) as (app, desk), _Names(app) as names:
            fake.answers = lambda asked: card() if len(fake.taken) > 1 else Reply(status=401)
            fake.tokens = lambda: token(expires_in=1)
            await names.answer(await _registered(desk, _insured()), "000")

    asyncio.run(story())
