import asyncio

import pytest

from kiosk.offline import Teller, answer_to, telling
from queue_server.client import Wish
from queue_server.protocol.codes import AlertKind, PrintState, Refusal
from queue_server.protocol.commands import Command, Confirm, PrinterWorks, RaiseAlert
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Done

DONE = Accepted(id="x", seq=1, result=Done())


class Carrier:
    """Keeps wishes until the test answers them. `came` is set with each."""

    def __init__(self) -> None:
        self.wishes: list[tuple[str, Command]] = []
        self.answers: list[asyncio.Future[Accepted | Rejected]] = []
        self.came = asyncio.Event()

    def submit(self, command: Command, again: str | None = None) -> Wish:
        wish = again or f"wish-{len(self.wishes)}"
        self.wishes.append((wish, command))
        self.answers.append(asyncio.get_running_loop().create_future())
        self.came.set()
        return Wish(wish, self.answers[-1])

    async def next(self) -> None:
        async with asyncio.timeout(10):
            await self.came.wait()
        self.came.clear()


def confirm(name: str, state: PrintState) -> Confirm:
    return Confirm(print=name, state=state, number="A045")


def test_a_server_too_busy_to_look_is_asked_again_for_the_same_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "ASK_AGAIN", 0.0)

    async def scene() -> None:
        carrier = Carrier()
        asked = asyncio.create_task(answer_to(carrier, confirm("p1", PrintState.SENT)))
        for refusal in (Refusal.BUSY, Refusal.RATE):
            await carrier.next()
            carrier.answers[-1].set_result(Rejected(id="x", code=refusal))
        await carrier.next()
        carrier.answers[-1].set_result(DONE)
        assert await asked == DONE
        assert [wish for wish, _ in carrier.wishes] == ["wish-0"] * 3

    asyncio.run(scene())


def test_a_call_to_the_printer_is_made_again_too_and_called_off_only_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "ASK_AGAIN", 0.0)

    async def scene() -> None:
        carrier = Carrier()
        teller = Teller(carrier)
        running = asyncio.create_task(teller.run())
        call = RaiseAlert(kind=AlertKind.PRINTER, subject="printer-1", detail="cover")
        for word in (call, PrinterWorks()):
            teller.tell(word)
        await carrier.next()
        carrier.answers[-1].set_result(Rejected(id="x", code=Refusal.BUSY))
        await carrier.next()
        carrier.answers[-1].set_result(DONE)
        await carrier.next()
        assert [command for _, command in carrier.wishes] == [call, call, PrinterWorks()]
        running.cancel()

    asyncio.run(scene())


def test_news_of_slips_go_one_by_one_and_only_the_newest_of_those_that_wait() -> None:
    async def scene() -> None:
        carrier = Carrier()
        teller = Teller(carrier)
        running = asyncio.create_task(teller.run())
        first, second = confirm("p1", PrintState.SENT), confirm("p2", PrintState.SENT)
        late, last = confirm("p1", PrintState.UNKNOWN), confirm("p1", PrintState.ACKNOWLEDGED)
        teller.tell(first)
        await carrier.next()
        for news in (second, late, last):
            teller.tell(news)
        assert [command for _, command in carrier.wishes] == [first]
        for count in (2, 3):
            carrier.answers[-1].set_result(DONE)
            await carrier.next()
            assert len(carrier.wishes) == count
        carrier.answers[-1].set_result(Rejected(id="x", code=Refusal.UNKNOWN_PRINT))
        assert [command for _, command in carrier.wishes] == [first, second, last]
        running.cancel()

    asyncio.run(scene())
