"""The real program in a real terminal: nothing that a patient can type ends, stops or deafens it."""

import os
import pty
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.duty import pin
from tests.support.processes import program
from tests.support.terminal import Terminal

HELP = "“Cấp cứu!”"
"""What the kiosk says to shout is Vietnamese in every language: noise may well press the language button."""
BOMB, ELBOW = 1_000_000, 50_000


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    pin.keep(tmp_path, "471108")
    command = program(
        "queue-kiosk",
        *("--server", "ws://127.0.0.1:1/ws", "--token", "token", "--kiosk", "kiosk-1"),
        *("--printer", "127.0.0.1:1", "--data", str(tmp_path)),
    )
    with Terminal(command, columns=67, rows=16) as shown:
        shown.wait_for("Cấp cứu")
        yield shown


def hears(terminal: Terminal) -> None:
    """The kiosk is alive and does what a key says."""
    assert terminal.process.poll() is None
    deadline = time.monotonic() + 20
    while not terminal.shows(HELP) and time.monotonic() < deadline:
        terminal.send(b"\x1b[20~")
        terminal.wait_still()
    assert terminal.shows(HELP), terminal.screen
    assert terminal.process.poll() is None


def test_no_key_ends_stops_or_suspends_it(terminal: Terminal) -> None:
    for key in ("\x03", "\x11", "\x1a", "\x1c", "\x04", "\x10", "\x13", "q", "\x1b", "\x1b[27;5;99~"):
        terminal.send(key.encode())
        terminal.wait_still()
    hears(terminal)


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_and_broken_sequences_do_not_make_it_deaf(terminal: Terminal, seed: int) -> None:
    chance = random.Random(seed)
    pieces = [
        b"\x1b[",
        b"\x1b]",
        b"\x1bP",
        b"\x1b[<0;3;3M",
        b"\x1b[200~",
        b"\x1b[?1;",
        b"\xff\xfe",
        b"\xc3",
        b"\r",
    ]
    noise = b"".join(
        chance.choice(pieces) if chance.random() < 0.1 else bytes([chance.randrange(256)])
        for _ in range(20_000)
    )
    # A paste that never ends would swallow what comes after it: its end is part of what a terminal sends.
    terminal.send(noise + b"\x1b[201~\x1b\\\x07")
    terminal.wait_still()
    hears(terminal)


def test_it_ends_when_its_terminal_does_and_nobody_says_so(tmp_path: Path) -> None:
    command = program(
        "queue-kiosk",
        *("--server", "ws://127.0.0.1:1/ws", "--token", "token", "--kiosk", "kiosk-1"),
        *("--printer", "127.0.0.1:1", "--data", str(tmp_path)),
    )
    master, slave = pty.openpty()
    # In a session of its own without a terminal that controls it, no signal tells of the hang-up.
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    try:
        drawn = b""
        while "Cấp cứu".encode() not in drawn:
            drawn += os.read(master, 65_536)
        os.close(master)
        assert process.wait(20) == 1
    finally:
        process.kill()
        process.wait()
    assert "action=terminal_gone" in (tmp_path / "kiosk.log").read_text()


def test_a_paste_of_a_million_letters_is_no_more_than_a_wrong_scan(terminal: Terminal) -> None:
    terminal.send(b"\x1b[200~" + b"9" * BOMB + b"\x1b[201~")
    terminal.wait_still()
    hears(terminal)


def test_half_an_hour_of_an_elbow_on_the_keyboard_is_survived(terminal: Terminal) -> None:
    chance = random.Random(7)
    terminal.send(bytes(chance.choices(range(32, 127), k=ELBOW)) + b"\r")
    terminal.wait_still()
    hears(terminal)


def test_attendants_get_in_and_may_end_it(terminal: Terminal) -> None:
    terminal.send(b"\x1b[24~")
    terminal.wait_for("Mã PIN của nhân viên")
    terminal.send(b"471108\r")
    terminal.wait_for("Máy in:")
    terminal.wait_still()
    terminal.press("5")
    terminal.wait_for("Thoát chương trình")
    terminal.wait_still()
    terminal.press("5")
    assert terminal.wait_end() == 0
