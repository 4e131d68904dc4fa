"""The fastest printer there is: it answers at once, and knows when the first byte of a job came."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

from scripts.bench_parts.figures import GaveUp

PATIENCE = 30.0
"""Seconds after which a paper is taken never to come."""
_READY, _PRINTED = b"\x12", b"\x00"


class SwiftPrinter:
    """One on a port of its own, while the block lasts."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._first = 0.0
        self._done = False
        self._changed = threading.Condition()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def clear(self) -> None:
        """Forget the job before."""
        with self._changed:
            self._first, self._done = 0.0, False

    def printed(self) -> float:
        """When (perf_counter) the first byte of a job came, as soon as all of it is on paper."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._done, PATIENCE):
                raise GaveUp("the kiosk prints nothing" if not self._first else "the kiosk stops printing")
            return self._first

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        with peer:
            while chunk := peer.recv(65_536):
                now = time.perf_counter()
                if len(chunk) == 3 and chunk.startswith(b"\x10\x04"):
                    peer.sendall(_READY)
                    continue
                with self._changed:
                    self._first = self._first or now
                    if chunk.endswith(b"\x1dr\x01"):
                        peer.sendall(_PRINTED)
                        self._done = True
                        self._changed.notify_all()
