"""A WebSocket client on a bare socket: reads only when told to, and shows every frame it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from types import TracebackType
from typing import Self

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

PATIENCE = 10.0
"""Seconds after which something that should have come is taken to be missing."""


class RawPeer:
    """One connection to a server under test.

    While nobody awaits it, it reads nothing: what is sent to it piles up in its kernel, which is given as
    little room as it takes, and then at the sender. Pings are answered when they are read.
    """

    def __init__(self, sock: socket.socket, protocol: ClientProtocol) -> None:
        self.sock = sock
        self.protocol = protocol
        self.frames: list[Frame] = []
        """Every data frame, ping and close read so far and not yet taken."""

    @classmethod
    async def connect(cls, port: int, path: str = "/", *, host: str = "127.0.0.1", room: int = 4096) -> Self:
        """Open a connection and finish its handshake.

        Args:
            port: where the server listens.
            path: what is asked for.
            host: where the server listens.
            room: bytes of receive buffer asked of the kernel, which gives about double.
        """
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        peer = cls(sock, ClientProtocol(parse_uri(f"ws://{host}:{port}{path}")))
        try:
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, (host, port))
            peer.protocol.send_request(peer.protocol.connect())
            await peer.push()
            while peer.protocol.state is State.CONNECTING:
                await peer.pull()
            assert peer.protocol.state is State.OPEN, peer.protocol.handshake_exc
        except BaseException:
            sock.close()
            raise
        return peer

    async def push(self) -> None:
        """Send what the protocol has to say; an end of stream is sent too."""
        for data in self.protocol.data_to_send():
            if data:
                await asyncio.get_running_loop().sock_sendall(self.sock, data)
            else:
                self.sock.shutdown(socket.SHUT_WR)

    async def send(self, text: str) -> None:
        """Send one text message."""
        self.protocol.send_text(text.encode())
        await self.push()

    async def ping(self, payload: bytes = b"") -> None:
        """Send a ping."""
        self.protocol.send_ping(payload)
        await self.push()

    async def pull(self, most: int = 65_536) -> bool:
        """Read once, waiting for it; False at the end of the stream.

        Raises:
            ConnectionResetError: the server aborted.
            TimeoutError: nothing came.
        """
        async with asyncio.timeout(PATIENCE):
            data = await asyncio.get_running_loop().sock_recv(self.sock, most)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        for event in self.protocol.events_received():
            if isinstance(event, Frame):
                self.frames.append(event)
        await self.push()
        return bool(data)

    async def frame(self) -> Frame:
        """Take the next frame, reading as long as it takes.

        Raises:
            EOFError: the stream ended first.
        """
        while not self.frames:
            if not await self.pull() and not self.frames:
                raise EOFError
        return self.frames.pop(0)

    async def text(self) -> str:
        """Take the next text message, passing over pings.

        Raises:
            EOFError: the stream ended first.
        """
        while (frame := await self.frame()).opcode is Opcode.PING:
            pass
        assert frame.opcode is Opcode.TEXT, frame
        return bytes(frame.data).decode()

    async def until(self, last: str) -> list[str]:
        """Take text messages up to and including the one that is `last`."""
        texts = [await self.text()]
        while texts[-1] != last:
            texts.append(await self.text())
        return texts

    async def end(self) -> bool:
        """Read to the end, dropping everything; whether the server said goodbye first."""
        with contextlib.suppress(ConnectionError):
            while await self.pull():
                self.frames.clear()
        return self.protocol.close_rcvd is not None

    def drop(self) -> None:
        """Vanish without a word."""
        self.sock.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()
