"""The calls out: what each answer of a HIS means. And the signature of what comes in."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from queue_server.his.http import HttpAdapter
from queue_server.his.keep import Keep
from queue_server.his.port import (
    Answer,
    Heard,
    HisRefused,
    HisUnreachable,
    Outcome,
    Room,
    Said,
    Told,
    What,
)
from queue_server.his.settings import Http, SettingsMistake
from tests.support.fake_his import SECRET, FakeHis, Reply

TOLD = Told(key="v.1/1", type=What.CALLED, visit="v", ticket="A001", step="v.1", service="s", at=1)


class Desk:
    """A link that takes everything, and notes it."""

    is_linked = True

    def __init__(self) -> None:
        self.heard: list[Said] = []
        self.complaints: list[tuple[str, str]] = []

    async def hear(self, sayings: Sequence[Said]) -> list[Heard]:
        self.heard += sayings
        return [Heard(said.id, Outcome.DONE) for said in sayings]

    async def complain(self, about: str, what: str) -> None:
        self.complaints.append((about, what))

    def rooms(self) -> list[Room]:
        return []


async def _serving(adapter: HttpAdapter, ready: asyncio.Event, desk: Desk) -> asyncio.Task[None]:
    task = asyncio.create_task(adapter.run(desk))
    async with asyncio.timeout(10):
        await ready.wait()
    return task


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(body={}), Answer()),
        (Reply(raw=b""), Answer()),
        (Reply(status=201, body={"accepted": False, "reason": "full"}), Answer(False, None, "full")),
        (Reply(body={"accepted": True, "number": "27", "more": 1}), Answer(True, "27")),
        (Reply(body={"number": "Nguyễn Văn A"}), HisUnreachable),
        (Reply(raw=b"<html>"), HisUnreachable),
        (Reply(status=302), HisUnreachable),
        (Reply(status=429), HisUnreachable),
        (Reply(status=500), HisUnreachable),
        (Reply(status=400), HisRefused),
        (Reply(status=409), HisRefused),
        (Reply(cut=True), HisUnreachable),
        (Reply(wait=1.0), HisUnreachable),
    ],
)
def test_what_an_answer_means(tmp_path: Path, reply: Reply, expected: object) -> None:
    async def tell(his: FakeHis) -> None:
        ready = asyncio.Event()
        keep = Keep(str(tmp_path / "his.sqlite3"))
        settings = Http(port=0, secret=SECRET, tells=his.address, timeout=0.3)
        adapter = HttpAdapter(settings, keep, lambda port: ready.set())
        serving = await _serving(adapter, ready, Desk())
        try:
            if isinstance(expected, Answer):
                assert await adapter.tell(TOLD) == expected
            else:
                assert isinstance(expected, type)
                with pytest.raises(expected):
                    await adapter.tell(TOLD)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            keep.close()

    with FakeHis(lambda told: reply) as his:
        asyncio.run(tell(his))


def test_a_signed_request_is_taken_once_it_is_right_and_fresh(tmp_path: Path) -> None:
    body = b'{"type":"room_closed","id":"1","clinic":"P1"}'
    desk = Desk()

    def signed(at: float, secret: str = SECRET, signed_body: bytes = body) -> dict[str, str]:
        stamp = str(int(at * 1000))
        text = f"{stamp}.".encode() + signed_body
        return {
            "x-timestamp": stamp,
            "x-signature": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
        }

    async def post() -> list[int]:
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        keep = Keep(str(tmp_path / "his.sqlite3"))
        adapter = HttpAdapter(Http(port=0, secret=SECRET), keep, ready.set_result)
        serving = asyncio.create_task(adapter.run(desk))
        async with asyncio.timeout(10):
            address = f"http://127.0.0.1:{await ready}/his/v1/events"
            async with httpx.AsyncClient(trust_env=False) as client:
                now = time.time()
                shown = [
                    signed(now), signed(now - 1_000), signed(now, "another-secret!!"),
                    signed(now, signed_body=b"{}"), {"x-timestamp": "1e3", "x-signature": ""}, {},
                ]  # fmt: skip
                answers = [await client.post(address, content=body, headers=each) for each in shown]
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        keep.close()
        return [answer.status_code for answer in answers]

    assert asyncio.run(post()) == [202, 401, 401, 401, 401, 401]
    assert [said.id for said in desk.heard] == ["1"]
    # Once a minute is enough for staff.
    assert desk.complaints == [("wrong_secret", "events")]


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, secret: str) -> None:
    keep = Keep(str(tmp_path / "his.sqlite3"))
    with pytest.raises(SettingsMistake, match=r"16 or more|16 letters"):
        HttpAdapter(Http(port=0, secret=secret), keep)
    keep.close()
