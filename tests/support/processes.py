"""The product's programs as processes of their own, on a hospital whose clock says mid-morning.

server = Server(site, data)
server.start()                  # until `ready`
server.kill()                   # SIGKILL: no goodbye
server.start()                  # on the same port and the same data
"""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from queue_server.app import DATABASE
from queue_server.site import demo

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PATIENCE = 30.0
"""Seconds for a program to begin, or to end after it was asked to."""


def environment() -> dict[str, str]:
    """What programs get to know of the machine: not who runs the tests, nor in which language."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ
    }
    return {**kept, "LANG": "C.UTF-8", "PYTHONUTF8": "1"}


def morning_site(folder: Path, name: str = "district", change: Callable[[str], str] | None = None) -> Path:
    """A demo hospital in a time zone where it is between ten and eleven, so that no test meets the day's end.

    change: the file's text before and after.
    """
    hours = (10 - datetime.now(UTC).hour + 11) % 24 - 11
    # POSIX counts hours west of Greenwich as positive.
    zone = f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
    text = demo(name).read_text(encoding="utf-8")
    text, found = re.subn(r'^time_zone = ".*"$', f'time_zone = "{zone}"', text, flags=re.MULTILINE)
    assert found == 1, "the demo site names its time zone once"
    path = folder / f"{name}.toml"
    path.write_text(change(text) if change else text, encoding="utf-8")
    return path


def program(name: str, *arguments: str) -> list[str]:
    """The command line of an installed program."""
    return [str(BIN / name), *arguments]


class Server:
    """`queue-server run` on one data folder. After the first start the port stays the same."""

    def __init__(
        self,
        site: Path,
        data: Path,
        *,
        extra: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        """extra: more of the environment."""
        self.site, self.data, self.port = site, data, 0
        self.log_file = data.parent / f"{data.name}.log"
        self._environment, self._arguments = {**environment(), **(extra or {})}, arguments
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self.kill()
            elif self._process.stdout is not None:
                self._process.stdout.close()

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server was never started"
        return self._process

    @property
    def log(self) -> str:
        """Everything the server has logged, over all its starts."""
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def command(self) -> list[str]:
        """How the server is started."""
        return program(
            "queue-server",
            *("run", "--site", str(self.site), "--data", str(self.data), "--port", str(self.port)),
            *self._arguments,
        )

    def start(self) -> None:
        """Start it, and return when it has said `ready`."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
            )
        assert self._process.stdout is not None
        for line in lines(self._process.stdout.fileno(), PATIENCE):
            if line.startswith("queue server: "):
                self.port = int(line.rpartition(":")[2].partition("/")[0])
            if line == "ready":
                return
        self._gone()
        raise AssertionError(f"the server did not begin; its log:\n{self.log[-4000:]}")

    def refuse(self) -> tuple[int, str]:
        """Start it although it should not begin: its exit code and everything it said."""
        ran = subprocess.run(
            self.command(),
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        return ran.returncode, ran.stdout.decode()

    def kill(self) -> None:
        """SIGKILL, and wait until the kernel has taken everything back."""
        self.process.kill()
        self._gone()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        return self._gone()

    def health(self) -> dict[str, Any]:
        """What `/healthz` says."""
        return dict(json.loads(self.page("/healthz")))

    def page(self, path: str) -> str:
        """The body of a page, whatever its status."""
        address = f"http://127.0.0.1:{self.port}{path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(address, timeout=PATIENCE) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()

    @property
    def database(self) -> Path:
        return self.data / DATABASE

    def _gone(self) -> int:
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server does not end; its log:\n{self.log[-4000:]}") from None
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()
        return code


def lines(pipe: int, within: float) -> Iterator[str]:
    """Lines that a program says, until it ends. Raises AssertionError when one takes too long."""
    said, deadline = b"", time.monotonic() + within
    while True:
        readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, f"waited {within:g} s; so far it said {said!r}"
        piece = os.read(pipe, 65536)
        if not piece:
            return
        *whole, said = (said + piece).split(b"\n")
        yield from (line.decode() for line in whole)


class VirtualPrinter:
    """The virtual printer as a process. Tickets appear as PNG files in `folder`, the oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.devices.virtual_printer", "--port", "0", "--dir", str(self.folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=environment(),
        )
        assert self._process.stdout is not None
        self._said = lines(self._process.stdout.fileno(), 10 * PATIENCE)
        self.port = int(next(self._said).rpartition(":")[2])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ticket(self) -> Path:
        """The next ticket that comes out."""
        for line in self._said:
            if line.startswith("ticket: "):
                return Path(line.removeprefix("ticket: "))
        raise AssertionError("the printer ended")


class WarmServer(Server):
    """A server whose starts are quick (see `warm_start`): for tests that kill it many times."""

    def __enter__(self) -> Self:
        self._starter = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm_start"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._starter.stdout is not None
        assert self._starter.stdout.readline() == "warm\n"
        self._pid: int | None = None
        self._pipe = self.data.parent / f"{self.data.name}.said"
        os.mkfifo(self._pipe)
        self._said = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid is not None:
            self.kill()
        os.close(self._said)
        assert self._starter.stdin is not None
        assert self._starter.stdout is not None
        self._starter.stdin.close()
        self._starter.wait(PATIENCE)
        self._starter.stdout.close()

    def begin(self) -> None:
        """Start it without waiting for it."""
        assert self._pid is None
        self._pid = int(
            self._order(start=self.command(), said=str(self._pipe), log=str(self.log_file.absolute()))
        )

    def start(self) -> None:
        self.begin()
        self.until_ready()

    def until_ready(self) -> None:
        """Return when the server that was begun has said `ready`."""
        for line in lines(self._said, PATIENCE):
            if line.startswith("queue server: "):
                self.port = int(line.rpartition(":")[2].partition("/")[0])
            if line == "ready":
                return
        raise AssertionError(f"the server did not begin; its log:\n{self.log[-4000:]}")

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        # What it still said is nobody's.
        while os.read(self._said, 65536):
            continue

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        return self._signal(number)

    def _signal(self, number: signal.Signals) -> int:
        assert self._pid is not None
        pid, self._pid = self._pid, None
        os.kill(pid, number)
        return int(self._order(wait=pid))

    def _order(self, **wish: object) -> str:
        assert self._starter.stdin is not None
        assert self._starter.stdout is not None
        self._starter.stdin.write(json.dumps(wish) + "\n")
        self._starter.stdin.flush()
        return self._starter.stdout.readline()
