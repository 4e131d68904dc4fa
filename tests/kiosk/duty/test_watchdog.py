"""Signs of life for systemd."""

import socket
import threading
from pathlib import Path

import pytest

from kiosk.devices import watchdog
from kiosk.devices.watchdog import ALIVE, BEAT_EVERY, READY, STUCK, LifeSign, hears, notify


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind(str(tmp_path / "notify"))
    line.settimeout(5)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    return line


class Driver:
    """As Textual's, as far as the watchdog looks."""

    def __init__(self, thread: threading.Thread | None) -> None:
        self._key_thread = thread


def test_the_first_sign_says_ready_and_the_next_ones_come_every_few_seconds(manager: socket.socket) -> None:
    with manager:
        life = LifeSign()
        said = [life.tell(at, at, object()) for at in (0.0, 1.0, BEAT_EVERY, BEAT_EVERY + 1)]
        assert said == [True, False, True, False]
        assert [manager.recv(100).decode() for _ in range(2)] == [f"{READY}\n{ALIVE}", ALIVE]


def test_a_screen_that_stands_still_or_a_kiosk_that_hears_nothing_gives_none(manager: socket.socket) -> None:
    gone = threading.Thread(target=lambda: None)
    gone.start()
    gone.join()
    with manager:
        assert not LifeSign().tell(STUCK + 1, 0.0, object())
        assert not LifeSign().tell(0.0, 0.0, Driver(gone))
        assert LifeSign().tell(0.0, 0.0, Driver(threading.current_thread()))


def test_an_abstract_socket_is_a_manager_too() -> None:
    name = "denluot-test-notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{name}")
        line.settimeout(5)
        assert notify(ALIVE, {"NOTIFY_SOCKET": f"@{name}"})
        assert line.recv(100) == ALIVE.encode()


@pytest.mark.parametrize("address", ["", "nowhere", "/no/such/socket"])
def test_without_a_manager_nothing_happens(address: str) -> None:
    assert not notify(ALIVE, {"NOTIFY_SOCKET": address})


def test_textual_still_names_its_reading_thread_as_we_look_for_it() -> None:
    from textual.drivers import linux_driver

    assert "_key_thread" in Path(linux_driver.__file__).read_text(encoding="utf-8")
    assert hears(object())
    assert watchdog.BEAT_EVERY < watchdog.STUCK
