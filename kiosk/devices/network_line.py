"""A printer on the network: raw bytes over TCP, mostly port 9100."""

import asyncio

from kiosk.devices.transport import ConnectionLost, Line, Stuck, Unreachable

_CLOSING = 1.0
"""Seconds for an orderly end; after it the connection is cut."""


class Network:
    """A host and a port."""

    carries_over = False

    def __init__(self, host: str, port: int = 9100) -> None:
        self._host = host
        self._port = port

    @property
    def address(self) -> str:
        return f"tcp://{self._host}:{self._port}"

    def seconds_for(self, size: int) -> float:
        return 0.0

    async def open(self, within: float) -> Line:
        try:
            async with asyncio.timeout(within):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        # TimeoutError is an OSError; UnicodeError: a name that no host can have.
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"nobody answers at {self.address}") from error
        return _NetworkLine(reader, writer)


class _NetworkLine:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # drain() then means that the operating system has it all, not that little is left over.
        writer.transport.set_write_buffer_limits(high=0)

    async def send(self, job: bytes, within: float) -> None:
        self._writer.write(job)
        try:
            async with asyncio.timeout(within):
                await self._writer.drain()
        except TimeoutError as error:
            # How much of it the network took nobody can say.
            raise Stuck from error
        except OSError as error:
            raise ConnectionLost from error

    async def receive(self, within: float) -> bytes:
        try:
            async with asyncio.timeout(within):
                chunk = await self._reader.read(256)
        except TimeoutError:
            return b""
        except OSError as error:
            raise ConnectionLost from error
        if not chunk:
            raise ConnectionLost
        return chunk

    async def close(self) -> None:
        # Gracefully first: a reset would throw away what the printer has received but not yet read.
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSING):
                await self._writer.wait_closed()
        except OSError:
            self._writer.transport.abort()
