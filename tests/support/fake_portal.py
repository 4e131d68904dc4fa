"""The insurance portal for tests: an HTTP server on a real socket, slow, wrong or down by a script.

It takes names and passwords as the real one does, gives tokens that end, and answers about cards with all
that the real one sends along, a long history of treatment included.
"""

import asyncio
import json
import ssl
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

USERNAME = "79999_BV"
PASSWORD_HASH = "2C103F2C4ED1E59C0B4E2E01821770FA"
"""MD5 of `Password123!`, in capitals."""
STAFF = ("Lê Thị Ví Dụ", "079185000001")
HISTORY = "Viêm gan mạn tính, điều trị dài ngày"
"""What stands in every visit of the history, so that a test finds it wherever it is kept."""

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. waits: seconds before; raw: instead of body; cut: it hangs up instead."""

    body: Fields = field(default_factory=dict)
    status: int = 200
    raw: bytes | None = None
    waits: float = 0.0
    cut: bool = False
    location: str = ""


def card(code: str = "000", **changed: Any) -> Reply:
    """A full answer about a card. visits: how many stand in its history."""
    visits = changed.pop("visits", 2)
    history = [
        {
            "maHoSo": number,
            "maCSKCB": "79001",
            "ngayVao": "202601010800",
            "tenBenh": HISTORY,
            "tinhTrang": "1",
        }
        for number in range(visits)
    ]
    return Reply(
        {
            "maKetQua": code,
            "ghiChu": f"ghi chú {HISTORY}",
            "maThe": "DN4790000000000",
            "hoTen": "Trần Thị Mẫu Thử",
            "ngaySinh": "15/08/1990",
            "gioiTinh": "Nữ",
            "diaChi": "Số 1 Đường Ví Dụ",
            "maDKBD": "79034",
            "gtTheTu": "01/01/2026",
            "gtTheDen": "31/12/2026",
            "maTheMoi": "DN4790000000001",
            "gtTheTuMoi": "01/07/2026",
            "gtTheDenMoi": "30/06/2027",
            "dsLichSuKCB2018": history,
            "dsLichSuKT2018": [{"maLoi": HISTORY}],
            **changed,
        }
    )


def token(**changed: Any) -> Reply:
    """A token, wrapped as the real portal wraps it."""
    key = {"access_token": "access", "id_token": "identity", "token_type": "Bearer", "username": USERNAME}
    return Reply({"maKetQua": "200", "APIKey": {**key, "expires_in": 3600, **changed}})


class FakePortal:
    """answers: what is said about a card, may be replaced at any time; tokens: likewise, of tokens.

    asked, addresses, taken: what came in: bodies, queries of addresses, forms of tokens. busiest: the most
    requests at the same time.
    """

    def __init__(self, answers: Callable[[Fields], Reply] | None = None) -> None:
        self.answers: Callable[[Fields], Reply] = answers or (lambda asked: card())
        self.tokens: Callable[[], Reply] = token
        self.asked: list[Fields] = []
        self.addresses: list[Fields] = []
        self.taken: list[Fields] = []
        self.busiest = 0
        self._busy = 0
        self._server: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    def with_tls(self, context: ssl.SSLContext) -> Self:
        """Speak TLS by this context."""
        self._tls = context
        return self

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen, at the port of the last time."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Stop listening; who is connected is cut off."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = first.split(" ")
        path, _, query = target.partition("?")
        assert method == "POST", method
        if path == "/api/token/take":
            assert headers["content-type"] == "application/x-www-form-urlencoded"
            form = dict(urllib.parse.parse_qsl(body.decode()))
            self.taken.append(form)
            reply = self.tokens()
        else:
            assert path == "/api/egw/KQNhanLichSuKCB2024", path
            self.addresses.append(dict(urllib.parse.parse_qsl(query)))
            self.asked.append(json.loads(body))
            reply = self.answers(self.asked[-1])
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            if reply.waits:
                await asyncio.sleep(reply.waits)
        finally:
            self._busy -= 1
        if reply.cut:
            return False
        said = reply.raw if reply.raw is not None else json.dumps(reply.body, ensure_ascii=False).encode()
        moved = f"location: {reply.location}\r\n" if reply.location else ""
        writer.write(
            f"HTTP/1.1 {reply.status} X\r\n{moved}content-length: {len(said)}\r\n\r\n".encode() + said
        )
        await writer.drain()
        return True
