"""A kiosk in a terminal, with a server and a printer: from a card to its paper, from a tap to its page."""

import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kiosk import paper
from kiosk.texts.en import ENGLISH
from kiosk.texts.vi import VIETNAMESE
from queue_server.protocol.codes import Lane
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.results import Ticket
from scripts.bench_parts import hospital
from scripts.bench_parts.figures import GaveUp, Report, percentile
from scripts.bench_parts.paper_feed import SwiftPrinter
from scripts.bench_parts.server import Server, running
from scripts.bench_parts.terminal import PATIENCE, Terminal

REST = 0.4
"""Seconds between two presses: sooner, the kiosk takes the second for half of a double one."""
BLOCK = 100
"""Patients, or presses, of which one 95th percentile is taken."""
WARM = 3
"""Blocks of patients after which a kiosk holds what it needs: the first two hundred fill caches and heap.
What it grows by from there on, it would grow by all day."""
_LANGUAGE = b"\x1bOQ"
_PEER = """
from textual.app import App
from textual.widgets import Button, Static
class Peer(App):
    def compose(self):
        yield Static("Here I am")
        yield Button("Start")
Peer().run()
"""


@dataclass(frozen=True, slots=True)
class _House:
    """Where the kiosks stand."""

    server: Server
    printer: SwiftPrinter
    folder: Path

    def kiosk(self, name: str, token: str) -> AbstractContextManager[Terminal]:
        """A kiosk that runs as long as the block."""
        return Terminal(
            [
                *(str(Path(sys.executable).with_name("queue-kiosk")), "--kiosk", name, "--token", token),
                *("--server", f"ws://127.0.0.1:{self.server.port}/ws"),
                *("--printer", f"tcp://127.0.0.1:{self.printer.port}", "--data", str(self.folder / name)),
            ]
        )

    def remembers(self, name: str) -> None:
        """Until a kiosk has noted what its hospital offers."""
        deadline = time.monotonic() + PATIENCE
        while not (self.folder / name / "memory").exists():
            if time.monotonic() > deadline:
                raise GaveUp("the kiosk notes nothing")
            time.sleep(0.05)


def measure(report: Report, folder: Path, *, quick: bool) -> None:
    """Start kiosks, press, tap and scan, and read what comes out at both ends."""
    _tickets(report, 20 if quick else 200)
    site = hospital.write_site(folder / "kiosk.toml", hospital.day_began(2))
    with running(site, folder / "kiosk-server") as server, SwiftPrinter() as printer:
        server.welcomed("supervisor", hospital.SUPERVISOR)[0].close()
        house = _House(server, printer, folder)
        _starts(report, house, 3 if quick else 9)
        _presses(report, house, 5 if quick else BLOCK)
        _scans(report, house, BLOCK // 10 if quick else BLOCK, 10)


def _tickets(report: Report, count: int) -> None:
    """kiosk.ticket_ms: a ticket's picture and its bytes, the printer library and the letters warm."""
    hall = Label(vi="Khu khám A", en="Hall A")
    place = Place(
        label=Label(vi="Phòng khám Nội 12", en="Room 12"), hall=hall, floor=Label(vi="Tầng 1", en="1")
    )
    took = []
    for n in range(count + 1):
        ticket = Ticket(
            visit=f"v{n}",
            number=f"A{n:03}",
            token=f"{n:016}",
            print=f"v{n}/p1",
            place=place,
            lane=Lane.WALK_IN,
            printed_at=int(time.time() * 1000),
        )
        began = time.perf_counter()
        paper.job(ticket, None, 576)
        took.append((time.perf_counter() - began) * 1000)
    report.add("kiosk.ticket_ms", "ms", took[1:], "15")


def _starts(report: Report, house: _House, rounds: int) -> None:
    """kiosk.start_ms: from exec until a patient can begin, on every morning but the very first, when a kiosk
    knows nothing. kiosk.start_ratio: against a program of two widgets."""
    with house.kiosk("kiosk-1", hospital.KIOSK) as screen:
        screen.wait(VIETNAMESE.welcome_title)
        house.remembers("kiosk-1")
    took, peers = [], []
    for _ in range(rounds):
        with house.kiosk("kiosk-1", hospital.KIOSK) as screen:
            took.append((screen.wait(VIETNAMESE.welcome_title, VIETNAMESE.start) - screen.began) * 1000)
        with Terminal([sys.executable, "-c", _PEER]) as screen:
            peers.append((screen.wait("Here I am", "Start") - screen.began) * 1000)
    report.add("kiosk.start_ms", "ms", took, "600")
    report.add("kiosk.start_ratio", "of bare Textual", [a / b for a, b in zip(took, peers, strict=True)])
    report.add("kiosk.bare_start_ms", "ms", peers)


def _presses(report: Report, house: _House, rounds: int) -> None:
    """kiosk.tap_to_paint_p95_ms: from a finger lifted, or a key, until the next page's words are drawn.

    kiosk.digit_to_paint_ms: the same for keys that a scanner may have typed. The kiosk holds them for 100 ms,
    until they are a person's for sure.
    """
    here, there = (VIETNAMESE.welcome_title, VIETNAMESE.start), (VIETNAMESE.who_title, VIETNAMESE.home)
    taps, keys, digits = [], [], []
    with house.kiosk("kiosk-1", hospital.KIOSK) as screen:
        screen.wait(*here, VIETNAMESE.link_online)
        start = screen.tap(VIETNAMESE.start)
        screen.until(*there, after=start)
        home = screen.tap(VIETNAMESE.home)
        _rested(screen, here, home)
        for _ in range(rounds):
            taps += [_rested(screen, there, start), _rested(screen, here, home)]
            keys += [_rested(screen, (ENGLISH.welcome_title,), _LANGUAGE), _rested(screen, here, _LANGUAGE)]
            digits.append(_rested(screen, there, b"1"))
            _rested(screen, here, home)
    report.add("kiosk.tap_to_paint_ms", "ms", taps)
    report.add("kiosk.key_to_paint_ms", "ms", keys)
    report.add("kiosk.digit_to_paint_ms", "ms", digits)
    report.add("kiosk.tap_to_paint_p95_ms", "ms", [percentile([*taps, *keys], 0.95)], "100")


def _rested(screen: Terminal, texts: Sequence[str], press: bytes) -> float:
    time.sleep(REST)
    return screen.until(*texts, after=press)


def _scans(report: Report, house: _House, block: int, blocks: int) -> None:
    """kiosk.scan_to_print_p95_ms: from the last byte of a card's code to the first byte at the printer, card
    after card, each of somebody who was never here. kiosk.growth_mb: of what it holds resident meanwhile."""
    with house.kiosk("kiosk-2", hospital.STEWARD) as screen:
        screen.wait(VIETNAMESE.steward_title, VIETNAMESE.link_online)
        _rested(screen, (VIETNAMESE.steward_next.format(route=""),), b"1")
        cards = (_card(register["identity"]) for register in hospital.arrivals(500_000))
        for card in islice(cards, WARM * block):
            _printed(screen, house.printer, card)
        before = screen.memory()
        took = [
            [_printed(screen, house.printer, card) for card in islice(cards, block)] for _ in range(blocks)
        ]
        grown = screen.memory() - before
    report.add("kiosk.scan_to_print_ms", "ms", [one for some in took for one in some])
    report.add("kiosk.scan_to_print_p95_ms", "ms", [percentile(some, 0.95) for some in took], "300")
    report.add("kiosk.growth_mb", "MiB", [grown], "5")


def _printed(screen: Terminal, printer: SwiftPrinter, card: bytes) -> float:
    screen.type(card)
    printer.clear()
    began = time.perf_counter()
    screen.type(b"\r")
    return (printer.printed() - began) * 1000


def _card(identity: dict[str, str]) -> bytes:
    """What the code of a citizen card says."""
    year, month, day = identity["birth"].split("-")
    sex = "Nam" if identity["gender"] == "male" else "Nữ"
    return f"{identity['number']}||{identity['name']}|{day}{month}{year}|{sex}|Hà Nội|01052021".encode()
