"""One patient after the other at one kiosk, with all that people, printers and servers do wrong: no dead end,
nothing personal left behind, and every visit printed, shown, or known to staff as not printed.

`DENLUOT_PATIENTS=1000` chooses how many come, `DENLUOT_SEED=<number>` the chances; both are printed with a
failure, and so are the last thirty happenings.
"""

import asyncio
import logging
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zxingcpp
from PIL import Image

from kiosk import letters, raster
from kiosk.cli import Lines
from kiosk.devices.virtual_printer import PrintedTicket, VirtualPrinter
from kiosk.identity.ticket_code import payload
from kiosk.slip import Size
from queue_server.app import DATABASE
from queue_server.engine.model import Day
from queue_server.protocol.codes import Note
from tests.support import proofs
from tests.support.busy_kiosk import BusyKiosk
from tests.support.passers_by import MARK, comes
from tests.support.processes import WarmServer, morning_site
from tests.support.talks import rows

PATIENTS = int(os.environ.get("DENLUOT_PATIENTS", "80"))
SEED = int(os.environ.get("DENLUOT_SEED", "20261123"))
WHOLE = 60.0 + 3.0 * PATIENTS
"""Seconds for all of it; it takes less than half a second for each on an idle machine."""
SIZE = (67, 16)


def test_patients_in_a_row_meet_no_dead_end_and_leave_nothing_behind(tmp_path: Path) -> None:
    sys.stdout.write(f"DENLUOT_SEED={SEED} DENLUOT_PATIENTS={PATIENTS}\n")
    site = morning_site(tmp_path)
    arguments = ("--unlimited", "--log-level", "debug")
    with WarmServer(site, tmp_path / "data", arguments=arguments) as server, _log(tmp_path / "kiosk.log"):
        server.start()
        kiosk, papers = asyncio.run(_morning(server, tmp_path / "kiosk"))
        unprinted = {
            str(row["visit"])
            for row in rows(server.port, "supervisor", "devices").values()
            if row["type"] == "print"
        }
        assert server.stop() == 0
    day = proofs.kept(tmp_path / "data").day
    printed = _numbers_are_their_visits(day, papers, kiosk.app.again)
    for visit in day.visits.values():
        known = visit.id in printed or visit.id in unprinted or visit.part.number in kiosk.shown
        assert known, f"nobody knows of {visit}"
    lost = kiosk.shown - day.numbers.keys()
    assert not lost, f"{lost} stood on the screen and lead to nobody"
    _nothing_personal_is_left(kiosk, tmp_path)
    assert kiosk.homes > PATIENTS / 2
    assert len(printed) > PATIENTS / 6
    sys.stdout.write(f"{len(day.visits)} visits, {len(papers)} papers, {len(unprinted)} without one\n")


async def _morning(server: WarmServer, folder: Path) -> tuple[BusyKiosk, list[PrintedTicket]]:
    """Everybody comes, while printer and server do as they like."""
    chance = random.Random(SEED)
    async with asyncio.timeout(WHOLE), VirtualPrinter(port=0) as printer:
        kiosk = BusyKiosk(server.address, printer, folder)
        async with kiosk.app.run_test(size=SIZE):
            try:
                await kiosk.until_online()
                await _everybody(kiosk, server, printer, chance)
                kiosk.printer_is_mended()
                await kiosk.goes_home_by_itself()
                await kiosk.at_rest()
            except BaseException:
                sys.stdout.write("\n".join((*kiosk.told, f"in the end: {kiosk.app.journey!r}", "")))
                raise
    return kiosk, printer.tickets


async def _everybody(
    kiosk: BusyKiosk, server: WarmServer, printer: VirtualPrinter, chance: random.Random
) -> None:
    fault_ends = server_comes_back = 0
    tokens: list[str] = []
    for n in range(PATIENTS):
        if n == fault_ends:
            kiosk.printer_is_mended()
        if n >= fault_ends and chance.random() < 0.1:
            kiosk.printer_fails(chance)
            fault_ends = n + chance.randrange(1, 4)
        if n == server_comes_back and n:
            kiosk.told.append("server: started")
            await asyncio.to_thread(server.start)
        if n > server_comes_back and chance.random() < 0.04:
            kiosk.told.append("server: killed")
            await asyncio.to_thread(server.kill)
            server_comes_back = n + chance.randrange(1, 5)
        tokens += [
            code.removeprefix(payload(""))
            for ticket in printer.tickets[len(tokens) :]
            for code in _codes(ticket.picture)
        ]
        await kiosk.serve(*comes(n, chance, kiosk.met, tokens))
    if server_comes_back >= PATIENTS:
        await asyncio.to_thread(server.start)


def _numbers_are_their_visits(day: Day, papers: list[PrintedTicket], again: Counter[str]) -> set[str]:
    """One paper: the code on each leads to one visit, whose number it bears; the visits that have one. again:
    how often the kiosk printed a code once more that the server does not know of."""
    found: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for token, times in again.items():
        unknown[day.tokens[token]] += times
    for paper in papers:
        (code,) = _codes(paper.picture)
        visit = day.visits[day.tokens[code.removeprefix(payload(""))]]
        of_visit = {each.part.number for each in day.prints.values() if each.visit == visit.id}
        (number,) = (each for each in of_visit if _bears(paper.picture, each))
        assert day.numbers[number] == visit.id
        assert number == visit.part.number or Note.TWO_PAPERS in visit.part.notes, visit
        found[visit.id] += 1
    for name, count in found.items():
        known = [each for each in day.prints.values() if each.visit == name]
        assert count <= len(known) + unknown[name], f"a paper of {day.visits[name]} came out twice"
    return set(found)


def _codes(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def _bears(picture: Image.Image, number: str) -> bool:
    """Whether a number stands on a ticket, drawn exactly as it has to be."""
    column = range(picture.width // 48, picture.width - picture.width // 48)
    ink = letters.figure(number, raster.HEIGHTS[Size.NUMBER], len(column))
    wanted = Image.new("L", ink.size, 255)
    wanted.paste(0, (0, 0), ink)
    left = (column.start + column.stop - ink.width) // 2
    there = picture.crop((left, 0, left + ink.width, picture.height)).convert("L").tobytes()
    at = there.find(wanted.point([255 * (dot > 127) for dot in range(256)]).tobytes())
    return at >= 0 and at % ink.width == 0


@contextmanager
def _log(path: Path) -> Iterator[None]:
    """The kiosk's log, as the program writes it."""
    handler, root = logging.FileHandler(path, encoding="utf-8"), logging.getLogger()
    handler.setFormatter(Lines())
    before = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()


def _nothing_personal_is_left(kiosk: BusyKiosk, folder: Path) -> None:
    """No name and no number of anybody is in a log or a file that is not sealed."""
    secrets = {secret.encode() for person in kiosk.met for secret in person.secrets}
    marks = (MARK.encode(), MARK.capitalize().encode(), MARK.encode().hex().encode())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"kiosk.log", "data.log", "outbox", DATABASE} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert not any(mark in content for mark in marks), f"a name is in {path}"
        left = secrets.intersection(re.findall(rb"(?:HT|\+)?\d{10,}", content))
        assert not left, f"{left} in {path}"
