"""HTTP GET and HEAD on the listener's port, from a fixed table: no path is ever built from a request.

A page is one response, made when the table is built: body, gzipped body, `ETag`, headers. What changes from
request to request (`/healthz`, `/metrics`) is made by a callable that the composition root gives.
"""

import base64
import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

LARGEST = 256 * 1024
"""Bytes of a body; the library writes a response in one piece and then closes, so nothing larger is safe."""
WORTH_ZIPPING = 1_000
NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Page:
    """One response that never changes. zipped None: not worth it."""

    content_type: str
    body: bytes
    zipped: bytes | None
    etag: str
    policy: str = NOTHING_ALLOWED


@dataclass(frozen=True, slots=True)
class Told:
    """A response made for one request."""

    status: HTTPStatus
    content_type: str
    body: bytes


Table = Mapping[str, Page | Callable[[], Told]]


def page(content_type: str, body: bytes, policy: str = NOTHING_ALLOWED) -> Page:
    """Make a page. Raises ValueError when it is larger than `LARGEST`."""
    if len(body) > LARGEST:
        raise ValueError(f"a page of {len(body)} bytes; {LARGEST} is the most")
    zipped = gzip.compress(body, 9, mtime=0) if len(body) >= WORTH_ZIPPING else None
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Page(content_type, body, zipped, etag, policy)


def style_policy(style: str) -> str:
    """The policy of a page that has this inline style sheet and nothing else."""
    return f"{NOTHING_ALLOWED}; style-src 'sha256-{_digest(style)}'"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class Pages:
    """Answers requests from the table; what asks for a socket at `socket_path` is let through."""

    def __init__(self, table: Table, socket_path: str) -> None:
        self._table = table
        self._socket_path = socket_path

    def answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        """The response to a request, or None to go on with the websocket handshake."""
        path = request.path.partition("?")[0]
        wants_socket = "websocket" in request.headers.get("Upgrade", "").lower()
        if wants_socket and path == self._socket_path and request.method == "GET":
            return None
        if request.method not in ("GET", "HEAD"):
            said = plain(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.\n")
            return _response(said, request, {"Allow": "GET, HEAD"})
        if path == self._socket_path:
            said = plain(HTTPStatus.UPGRADE_REQUIRED, "Only WebSocket connections are answered here.\n")
            return _response(said, request, {"Upgrade": "websocket"})
        match self._table.get(path):
            case None:
                return _response(plain(HTTPStatus.NOT_FOUND, "There is nothing here.\n"), request, {})
            case Page() as found:
                return _page(found, request)
            case make:
                return _response(make(), request, {"Cache-Control": "no-store"})


def plain(status: HTTPStatus, text: str) -> Told:
    """A response in words."""
    return Told(status, "text/plain; charset=utf-8", text.encode())


def _page(found: Page, request: Request) -> Response:
    headers = {
        "ETag": found.etag,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": found.policy,
    }
    wanted = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    if found.etag in wanted or "*" in wanted:
        return _made(HTTPStatus.NOT_MODIFIED, headers, b"", send_body=False)
    body = found.body
    if found.zipped is not None and _takes_gzip(request):
        body = found.zipped
        headers["Content-Encoding"] = "gzip"
    headers["Content-Type"] = found.content_type
    return _made(HTTPStatus.OK, headers, body, send_body=request.method != "HEAD")


def _response(said: Told, request: Request, more: Mapping[str, str]) -> Response:
    headers = {"Content-Type": said.content_type, "Content-Security-Policy": NOTHING_ALLOWED, **more}
    return _made(said.status, headers, said.body, send_body=request.method != "HEAD")


def _made(status: HTTPStatus, headers: Mapping[str, str], body: bytes, *, send_body: bool) -> Response:
    all_headers = Headers(
        {
            **headers,
            "Content-Length": str(len(body)),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Connection": "close",
        }
    )
    if status is HTTPStatus.NOT_MODIFIED:
        del all_headers["Content-Length"]
    return Response(status.value, status.phrase, all_headers, body if send_body else b"")


def _takes_gzip(request: Request) -> bool:
    for offer in request.headers.get("Accept-Encoding", "").split(","):
        coding, _, weight = offer.strip().partition(";")
        if coding.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
