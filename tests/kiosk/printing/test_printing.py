"""What a device makes of its printers: the spare one, the roll, whom it calls, and which papers are loose."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter, Phase, Printer, PrintState, Questions
from kiosk.devices.roll import Roll, paper_for
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.printing import FORGET_AFTER, STEADY, Loaded, LoosePaper, LooseState, Printing
from queue_server.protocol import codes
from queue_server.protocol.codes import PrintReason
from queue_server.protocol.commands import Confirm, PrinterWorks
from queue_server.protocol.printers import PAPER_LOW, PrinterTrouble, trouble_of
from tests.support.paper import QUICK, Told, job, picture
from tests.support.served import until

AT = 1_795_400_000_000
METRE = 1000


class Kiosk:
    """A first printer, a spare one, and what they made staff hear."""

    def __init__(self, first: VirtualPrinter, spare: VirtualPrinter, folder: Path) -> None:
        self.first, self.spare = first, spare
        self.folder = folder
        self.calls: list[str] = []
        self.works: list[PrinterWorks] = []
        self.now = AT
        self.printing = self.begun()

    def begun(
        self, *, roll: int = 0, with_spare: bool = True, questions: Questions = Questions.FULL
    ) -> Printing:
        """The program starts."""
        self.printing = Printing(
            at(self.first, questions),
            at(self.spare) if with_spare else None,
            paper=Loaded(576, roll),
            folder=self.folder,
            alert=self.calls.append,
            works=self.works.append,
            clock=lambda: self.now,
        )
        return self.printing

    async def print(self, name: str = "v/p1", number: str = "A045") -> tuple[PrintState, Told]:
        told = Told()
        return await self.printing.print_job(name, number, job(), told), told


def at(virtual: VirtualPrinter, questions: Questions = Questions.FULL) -> Printer:
    return EscPosPrinter(Network("127.0.0.1", virtual.port), questions=questions, patience=QUICK)


def play(folder: Path, scene: Callable[[Kiosk], Awaitable[None]]) -> None:
    async def acted() -> None:
        async with asyncio.timeout(30), VirtualPrinter(port=0) as first, VirtualPrinter(port=0) as spare:
            await scene(Kiosk(first, spare, folder))

    asyncio.run(acted())


@pytest.mark.parametrize(
    ("fault", "reason", "call"),
    [
        ("paper_out", PrintReason.PAPER, "paper-80"),
        ("cover_open", PrintReason.COVER, "cover"),
        ("offline", PrintReason.OFFLINE, "offline"),
        ("cutter_jam", PrintReason.ERROR, "error"),
        ("mute", PrintReason.UNREACHABLE, "unreachable"),
    ],
)
def test_what_the_first_printer_takes_nothing_of_the_spare_one_prints(
    tmp_path: Path, fault: str, reason: PrintReason, call: str
) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.first.change(**{fault: True})
        end, told = await kiosk.print()
        assert end == PrintState(Phase.ACKNOWLEDGED, PrintReason.SPARE)
        # Nobody hears of the detour but staff: for the patient and the journal it was printed.
        assert [state.phase for state in told.states] == [Phase.ISSUED, Phase.SENT, Phase.ACKNOWLEDGED]
        assert (len(kiosk.first.tickets), len(kiosk.spare.tickets)) == (0, 1)
        assert kiosk.calls == [call]
        assert kiosk.printing.shows["printer"] == reason.value
        assert kiosk.printing.shows["spare"] == "ready"
        await kiosk.print("v/p2")
        assert kiosk.calls == [call]

    play(tmp_path, scene)


def test_a_paper_that_may_be_on_its_way_never_goes_to_the_spare_one(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.first.change(paper_rows=10)
        told = Told()
        printing = asyncio.create_task(kiosk.printing.print_job("v/p1", "A045", job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        # The next patient's ticket was not sent to the first one: the spare one prints it meanwhile.
        end, _ = await kiosk.print("w/p1", "A046")
        assert end.reason is PrintReason.SPARE
        kiosk.first.change(paper_out=False)
        assert (await printing).phase is Phase.ACKNOWLEDGED
        assert (len(kiosk.first.tickets), len(kiosk.spare.tickets)) == (1, 1)

    play(tmp_path, scene)


@pytest.mark.parametrize("fault", [{"drop_after": 5000}, {"paper_rows": 10}, {"no_end": True}])
def test_one_that_broke_off_is_not_printed_elsewhere(tmp_path: Path, fault: dict[str, bool | int]) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.first.change(**fault)
        told = Told()
        printing = asyncio.create_task(kiosk.printing.print_job("v/p1", "A045", job(), told))
        await until(lambda: any(state.phase is Phase.UNKNOWN for state in told.states))
        assert not kiosk.spare.tickets
        printing.cancel()
        await asyncio.wait([printing])
        assert [paper.number for paper in kiosk.printing.loose] == ["A045"]

    play(tmp_path, scene)


def test_when_neither_prints_the_first_ones_trouble_is_told(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.first.change(paper_out=True)
        kiosk.spare.change(cover_open=True)
        end, told = await kiosk.print()
        assert end == PrintState(Phase.STALLED, PrintReason.PAPER)
        assert [state.phase for state in told.states] == [Phase.ISSUED, Phase.STALLED]
        assert kiosk.calls == ["paper-80", "cover-spare"]
        assert not kiosk.printing.loose

    play(tmp_path, scene)


def test_a_printer_that_cannot_be_asked_is_said_to_be_one(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.begun(with_spare=False, questions=Questions.NONE)
        kiosk.first.change(mute=True)
        end, told = await kiosk.print()
        assert end == PrintState(Phase.SENT, PrintReason.UNASKED)
        assert [state.is_last for state in told.states] == [False, True]
        await kiosk.printing.look()
        assert kiosk.printing.shows["printer"] == "unasked"
        # Nobody knows of any of its papers: a list of them all would help nobody.
        assert (kiosk.calls, kiosk.printing.loose) == ([], ())

    play(tmp_path, scene)


def test_staff_are_called_before_the_next_patient_comes(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.begun(with_spare=False)
        await kiosk.printing.look()
        assert (kiosk.printing.says, kiosk.calls) == ("ready", [])
        kiosk.first.change(near_end=True)
        await kiosk.printing.look()
        await kiosk.printing.look()
        assert kiosk.calls == ["paper_low-80"]
        kiosk.first.change(near_end=False, paper_out=True)
        await kiosk.printing.look()
        assert kiosk.calls == ["paper_low-80", "paper-80"]
        # Somebody changes the roll: nobody else has to come.
        kiosk.first.change(cover_open=True)
        await kiosk.printing.look()
        kiosk.first.change(paper_out=False, cover_open=False)
        await kiosk.printing.look()
        assert kiosk.printing.says == "ready"
        kiosk.first.change(cover_open=True)
        await kiosk.printing.look()
        await kiosk.first.stop()
        await kiosk.printing.look()
        assert kiosk.calls == ["paper_low-80", "paper-80", "cover", "unreachable"]

    play(tmp_path, scene)


def test_nobody_is_called_in_vain_once_a_printer_prints_again(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        await kiosk.printing.look()
        both = [PrinterWorks(), PrinterWorks(spare=True)]
        assert kiosk.works == both
        await kiosk.print()
        assert kiosk.works == both
        kiosk.first.change(cover_open=True)
        kiosk.spare.change(paper_out=True)
        await kiosk.printing.look()
        kiosk.first.change(cover_open=False)
        await kiosk.printing.look()
        assert kiosk.works[2:] == [PrinterWorks()]
        # A roll that only runs low is still to be brought; a new one ends that.
        kiosk.spare.change(paper_out=False)
        kiosk.first.change(near_end=True)
        await kiosk.printing.look()
        assert kiosk.works[3:] == [PrinterWorks(spare=True)]
        kiosk.printing.new_roll()
        assert kiosk.works[4:] == [PrinterWorks()]
        # What was raised before the program ended is ended by the next run.
        kiosk.first.change(near_end=False)
        kiosk.begun(with_spare=False)
        await kiosk.printing.look()
        assert kiosk.works[5:] == [PrinterWorks()]

    play(tmp_path, scene)


def test_of_a_printer_that_cannot_be_asked_the_roll_is_counted_and_the_cable_felt(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        each = paper_for(job(), 576)
        kiosk.begun(roll=3 * METRE + each, with_spare=False, questions=Questions.NONE)
        await kiosk.printing.look()
        assert kiosk.works == [PrinterWorks()]
        await kiosk.print()
        assert kiosk.calls == []
        await kiosk.print("v/p2")
        await kiosk.print("v/p3")
        assert kiosk.calls == ["paper_low-80"]
        kiosk.printing.new_roll()
        assert kiosk.works[1:] == [PrinterWorks()]
        await kiosk.first.stop()
        await kiosk.printing.look()
        assert kiosk.calls[1:] == ["unreachable"]
        await kiosk.first.start()
        await kiosk.printing.look()
        assert kiosk.works[2:] == [PrinterWorks()]

    play(tmp_path, scene)


def test_paper_is_counted_through_restarts_until_the_roll_is_new(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        each = paper_for(job(), 576)
        assert each == round(picture().height / 8) + 16
        roll = 3 * METRE + 2 * each
        kiosk.begun(roll=roll, with_spare=False)
        for count in (1, 2):
            await kiosk.print(f"v/p{count}")
            assert kiosk.printing.shows["paper_left"] == roll - count * each
        assert kiosk.calls == []
        await kiosk.printing.keep()
        kiosk.begun(roll=roll, with_spare=False)
        await kiosk.print("v/p3")
        assert kiosk.printing.shows["paper_left"] == roll - 3 * each
        assert kiosk.calls == ["paper_low-80"]
        assert kiosk.printing.shows["paper_low"] is True
        kiosk.printing.new_roll()
        assert kiosk.printing.shows["paper_left"] == roll
        assert kiosk.printing.shows["paper_low"] is False

    play(tmp_path, scene)


def test_a_roll_is_new_after_the_paper_was_out_or_no_longer_low(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.begun(roll=50 * METRE, with_spare=False)
        for fault in ("paper_out", "near_end"):
            await kiosk.print()
            assert kiosk.printing.shows["paper_left"] != 50 * METRE
            kiosk.first.change(**{fault: True})
            await kiosk.printing.look()
            kiosk.first.change(**{fault: False})
            for _ in range(1 if fault == "paper_out" else STEADY):
                await kiosk.printing.look()
            assert kiosk.printing.shows["paper_left"] == 50 * METRE

    play(tmp_path, scene)


def test_a_roll_that_wobbles_and_a_cover_that_was_open_are_no_new_roll(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.begun(roll=50 * METRE, with_spare=False)
        await kiosk.print()
        left = kiosk.printing.shows["paper_left"]
        for _ in range(2 * STEADY):
            kiosk.first.change(near_end=True)
            await kiosk.printing.look()
            kiosk.first.change(near_end=False)
            await kiosk.printing.look()
        # An open cover hides the paper from the sensor.
        kiosk.first.change(cover_open=True, paper_out=True)
        await kiosk.printing.look()
        kiosk.first.change(cover_open=False, paper_out=False)
        await kiosk.printing.look()
        assert kiosk.printing.shows["paper_left"] == left
        assert kiosk.calls == ["paper_low-80", "cover"]

    play(tmp_path, scene)


@pytest.mark.parametrize("book", [b'{"printed": {"first": "x"}, "loose": []}', b'{"printed": {"\xff": 1}}'])
def test_a_book_nobody_can_read_is_no_reason_not_to_print(tmp_path: Path, book: bytes) -> None:
    async def scene(kiosk: Kiosk) -> None:
        (tmp_path / "printers.json").write_bytes(book)
        kiosk.begun(roll=METRE, with_spare=False)
        assert (await kiosk.print())[0].phase is Phase.ACKNOWLEDGED

    play(tmp_path, scene)


def test_papers_that_may_still_come_out_are_known_until_somebody_saw_to_them(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.begun(with_spare=False)
        kiosk.first.change(paper_rows=10)
        told = Told()
        printing = asyncio.create_task(kiosk.printing.print_job("v/p1", "A045", job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        held = LoosePaper("v/p1", "A045", AT, LooseState.MAY_COME)
        assert kiosk.printing.loose == (held,)
        assert kiosk.printing.shows["loose"] == 1
        kiosk.first.change(paper_out=False)
        await printing
        # It came out, and whoever waited for it has gone.
        late = LoosePaper("v/p1", "A045", AT, LooseState.CAME_LATE)
        assert kiosk.printing.loose == (late,)
        await kiosk.printing.keep()
        kiosk.begun(with_spare=False)
        assert kiosk.printing.loose == (late,)
        assert kiosk.printing.settle("v/p1", given=False) == Confirm(
            print="v/p1", state=codes.PrintState.VOIDED, number="A045", reason="destroyed"
        )
        assert kiosk.printing.settle("v/p1", given=False) is None
        assert kiosk.printing.shows["loose"] == 0

    play(tmp_path, scene)


def test_of_a_paper_of_its_own_another_run_speaks_as_the_server_knows_it(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.begun(with_spare=False)
        kiosk.first.change(no_end=True)
        await kiosk.print("own/wish", "K01-001")
        kiosk.printing.named("own/wish", "v/p1")
        kiosk.printing.named("own/another", "w/p1")
        await kiosk.printing.keep()
        kiosk.begun(with_spare=False)
        assert kiosk.printing.settle("own/wish", given=False) == Confirm(
            print="v/p1", state=codes.PrintState.VOIDED, number="K01-001", reason="destroyed"
        )

    play(tmp_path, scene)


def test_a_loose_paper_was_given_after_all_or_is_one_of_yesterday(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        kiosk.begun(with_spare=False)
        kiosk.first.change(no_end=True)
        await kiosk.print("v/p1")
        await kiosk.print("w/p1", "A046")
        given = kiosk.printing.settle("v/p1", given=True)
        assert given == Confirm(print="v/p1", state=codes.PrintState.ACKNOWLEDGED, number="A045")
        assert [paper.number for paper in kiosk.printing.loose] == ["A046"]
        kiosk.now += FORGET_AFTER
        assert kiosk.printing.loose == ()

    play(tmp_path, scene)


def test_watching_keeps_what_happened_on_the_disk(tmp_path: Path) -> None:
    async def scene(kiosk: Kiosk) -> None:
        printing = kiosk.begun(roll=METRE, with_spare=False)
        watching = asyncio.create_task(printing.watch(every=0.01))
        kiosk.first.change(no_end=True)
        await kiosk.print()
        await until((tmp_path / "printers.json").exists)
        await until(lambda: "A045" in (tmp_path / "printers.json").read_text())
        await kiosk.first.stop()
        await until(lambda: "unreachable" in kiosk.calls)
        watching.cancel()
        await asyncio.wait([watching])

    play(tmp_path, scene)


@pytest.mark.parametrize("what", [PAPER_LOW, *PrintReason])
@pytest.mark.parametrize("paper", [0, 58, 80])
@pytest.mark.parametrize("spare", [False, True])
def test_what_a_printer_needs_travels_as_a_code(what: str, paper: int, spare: bool) -> None:
    trouble = PrinterTrouble(what, paper, spare)
    assert trouble_of(trouble.detail) == trouble


@pytest.mark.parametrize("detail", ["", "something-else", "80-paper"])
def test_a_detail_of_another_program_says_what_it_says(detail: str) -> None:
    assert trouble_of(detail) == PrinterTrouble(detail)


def test_without_a_length_nothing_is_estimated() -> None:
    roll = Roll().after(10 * METRE)
    assert (roll.left, roll.is_low) == (None, False)
