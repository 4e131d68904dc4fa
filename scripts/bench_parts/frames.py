"""WebSocket bytes with as little work as possible, so that the clients cost little beside the server.

Frames from a client must be masked; the mask is zero here, which every server takes and which costs nothing.
"""

import base64
import json
import os
import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import uuid_utils

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
PATIENCE = 30.0
"""Seconds after which an answer is taken to be lost."""


def upgrade(port: int) -> bytes:
    """The request that opens a conversation."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """A frame from a client."""
    length = len(payload)
    if length < 126:
        return bytes((0x80 | opcode, 0x80 | length)) + bytes(4) + payload
    return bytes((0x80 | opcode, 0x80 | 126)) + length.to_bytes(2) + bytes(4) + payload


def message(**fields: Any) -> bytes:
    """A frame with this JSON object."""
    return masked(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())


def hello(role: str, token: str) -> bytes:
    """The first frame of a conversation."""
    return message(type="hello", role=role, token=token, client="bench")


def new_id() -> str:
    """A command's id."""
    return str(uuid_utils.uuid7())


def split(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames (opcode, payload) from a server at the start of `data`, and what is left of it."""
    found = []
    at, end = 0, len(data)
    while end - at >= 2:
        length, start = data[at + 1], at + 2
        if length == 126:
            length, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
        elif length == 127:
            length, start = int.from_bytes(data[at + 2 : at + 10]), at + 10
        if start + length > end:
            break
        found.append((data[at] & 15, data[start : start + length]))
        at = start + length
    return found, data[at:]


class Refused(Exception):
    """The server did not do what a measurement needs."""


class Caller:
    """One client that waits for each answer, on a blocking socket."""

    def __init__(self, port: int, role: str, token: str) -> None:
        """Raises OSError while nobody listens, Refused when the token is not accepted."""
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ready: deque[tuple[int, bytes]] = deque()
        self._left = b""
        self._sock.sendall(upgrade(port))
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        self._sock.sendall(hello(role, token))
        self.welcome = self.until("welcome")

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        self._sock.sendall(frame)

    def until(self, kind: str) -> dict[str, Any]:
        """The next message of this type; others are passed over."""
        for received in self._messages():
            if received["type"] == kind:
                return received
        raise Refused(f"no {kind} came")

    def command(self, command: dict[str, Any]) -> dict[str, Any]:
        """The result of a command. Raises Refused with the refusal."""
        id_ = new_id()
        self.send(message(type="command", id=id_, command=command))
        for received in self._messages():
            if received.get("id") == id_:
                if received["type"] != "accepted":
                    raise Refused(str(received))
                return dict(received["result"])
        raise Refused("no answer came")

    def timed(self, id_: str, frame: bytes) -> float:
        """Seconds from sending a command's frame until it is accepted."""
        begun = time.perf_counter()
        self._sock.sendall(frame)
        wanted = b'{"type":"accepted","id":"' + id_.encode()
        for payload in self._payloads():
            if payload.startswith(wanted):
                return time.perf_counter() - begun
            if id_.encode() in payload:
                raise Refused(payload.decode())
        raise Refused("no answer came")

    def close(self) -> None:
        """Vanish."""
        self._sock.close()

    def _messages(self) -> Iterator[dict[str, Any]]:
        for payload in self._payloads():
            yield json.loads(payload)

    def _payloads(self) -> Iterator[bytes]:
        while True:
            while self._ready:
                opcode, payload = self._ready.popleft()
                if opcode == PING:
                    self._sock.sendall(masked(payload, PONG))
                elif opcode == CLOSE:
                    raise Refused(f"closed: {payload[2:].decode()}")
                else:
                    yield payload
            frames, self._left = split(self._left + self._receive())
            self._ready.extend(frames)

    def _receive(self) -> bytes:
        data = self._sock.recv(65_536)
        if not data:
            raise Refused("the server closed the connection")
        return data
