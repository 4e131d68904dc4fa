"""A real `queue-server run` process, and what it uses of the machine."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.bench_parts.figures import GaveUp
from scripts.bench_parts.frames import Caller, Refused

START_PATIENCE = 60.0
STOP_PATIENCE = 15.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A running server. log: where it writes."""

    def __init__(self, site: Path, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.log = data / "server.log"
        self.database = data / "queue.sqlite"
        self.port = free_port()
        self.begun = time.perf_counter()
        with self.log.open("ab") as log:
            program = Path(sys.executable).with_name("queue-server")
            self._process = subprocess.Popen(
                [
                    *(str(program), "run", "--site", str(site), "--data", str(data)),
                    *("--port", str(self.port), "--unlimited", "--log-level", "warning"),
                ],
                stdout=log,
                stderr=log,
            )

    def welcomed(self, role: str, token: str) -> tuple[Caller, float]:
        """The first client to be welcomed, and seconds from exec until it was."""
        while time.perf_counter() - self.begun < START_PATIENCE:
            if self._process.poll() is not None:
                raise GaveUp(f"the server ended by itself:\n{self.log.read_text()}")
            with contextlib.suppress(OSError, Refused):
                caller = Caller(self.port, role, token)
                return caller, time.perf_counter() - self.begun
            time.sleep(0.005)
        raise GaveUp(f"the server welcomes nobody:\n{self.log.read_text()}")

    def cpu(self) -> float:
        """Seconds of processor time it used so far."""
        fields = self._of_proc("stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """KiB it holds resident."""
        line = next(line for line in self._of_proc("status").splitlines() if line.startswith("VmRSS"))
        return float(line.split()[1])

    def pull_the_plug(self) -> None:
        """End it as a failing machine would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it in order."""
        self._process.terminate()
        try:
            self._process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self.pull_the_plug()

    def _of_proc(self, name: str) -> str:
        return Path(f"/proc/{self._process.pid}/{name}").read_text()


@contextlib.contextmanager
def running(site: Path, data: Path) -> Iterator[Server]:
    """A server that ends with the block."""
    server = Server(site, data)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
