"""Adapter: JSON over HTTP. The HIS posts what it says; we post what it is told.

POST /his/v1/events   one saying or a list of them        -> 202, 401, 400, 413, 422 or 503
GET  /his/v1/rooms    how the rooms stand, as advice       -> 200
GET  /his/v1/letters  what could not be used, newest first -> 200
GET  /his/v1/health   whether the queue server is there    -> 200 or 503, without a secret
"""

import asyncio
import contextlib
import hashlib
import hmac
import logging
import socket
import time
from collections.abc import Callable

import httpx
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from queue_server.his.keep import Keep
from queue_server.his.port import (
    NO_CODE,
    Answer,
    Desk,
    Heard,
    HisCode,
    HisRefused,
    HisUnreachable,
    Outcome,
    Said,
    Told,
)
from queue_server.his.settings import Http, SettingsMistake

LONGEST_BODY = 262_144
"""Bytes of one request."""
MOST_AT_ONCE = 200
"""Sayings in one request."""
SKEW = 300
"""Seconds that a signed request may be old."""

COMPLAIN_EVERY = 60.0
MOST_COMPLAINTS = 1_000

log = logging.getLogger(__name__)
_said: "msgspec.json.Decoder[Said]" = msgspec.json.Decoder(Said)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_one = msgspec.json.Decoder(dict[str, object])
_answer = msgspec.json.Decoder(Answer)


class _Id(msgspec.Struct):
    """What can be told of a saying that cannot be read."""

    id: HisCode = ""


_id = msgspec.json.Decoder(_Id)


class HttpAdapter:
    """Both directions over HTTP. on_ready: called with the port once it answers. Raises OSError when the port
    cannot be had."""

    def __init__(
        self, settings: Http, keep: Keep, on_ready: Callable[[int], None] = lambda port: None
    ) -> None:
        if not settings.secret:
            raise SettingsMistake(
                "http.secret is missing: a word that the HIS and this link share, 16 or more letters"
            )
        if len(settings.secret) < 16:
            raise SettingsMistake("http.secret is too short: 16 letters or more")
        self.tells = bool(settings.tells)
        self._settings = settings
        self._keep = keep
        self._on_ready = on_ready
        self._listening = socket.create_server((settings.host, settings.port))
        self._client: httpx.AsyncClient | None = None

    async def run(self, desk: Desk) -> None:
        """Serve until cancelled."""
        app = _Webhook(self._settings, self._keep, desk).app()
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=30,
            h11_max_incomplete_event_size=65_536, timeout_graceful_shutdown=2, ws="none",
        )  # fmt: skip
        server = _Server(config)
        timeout = httpx.Timeout(self._settings.timeout)
        async with httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
            self._client = client
            serving = asyncio.create_task(server.serve(sockets=[self._listening]))
            try:
                await asyncio.wait(
                    {serving, asyncio.create_task(server.is_up.wait())}, return_when=asyncio.FIRST_COMPLETED
                )
                self._on_ready(self._listening.getsockname()[1])
                await asyncio.shield(serving)
            finally:
                self._client = None
                server.should_exit = True
                with contextlib.suppress(asyncio.CancelledError):
                    await serving
                self._listening.close()

    async def tell(self, told: Told) -> Answer:
        """POST one fact under its key. 2xx: taken; the body may say `accepted` and `number`. 408, 425, 429
        and 5xx: not now. Other 4xx: never."""
        body = msgspec.json.encode(told)
        headers = {"content-type": "application/json", "idempotency-key": told.key}
        headers |= _shown(self._settings.tells_secret, body)
        try:
            answer = await self._connected.post(self._settings.tells, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HisUnreachable(type(error).__name__) from error
        if answer.status_code in (408, 425, 429) or answer.status_code >= 500 or answer.is_redirect:
            raise HisUnreachable(f"status {answer.status_code}")
        if answer.is_client_error:
            raise HisRefused(f"status {answer.status_code}")
        try:
            return _answer.decode(answer.content) if answer.content.strip() else Answer()
        except msgspec.MsgspecError as error:
            # Whether it took the room over, nobody can say.
            raise HisUnreachable("an answer that cannot be read") from error

    async def probe(self) -> None:
        """Whether anything answers at the HIS's address."""
        if not self.tells:
            return
        try:
            await self._connected.head(self._settings.tells)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HisUnreachable(type(error).__name__) from error

    @property
    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            raise HisUnreachable("not started")
        return self._client


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # uvicorn's own has no types to copy
        """Signals are the program's: it ends us in its own order."""
        yield


class _Webhook:
    """The ASGI application."""

    def __init__(self, settings: Http, keep: Keep, desk: Desk) -> None:
        self._secret, self._keep, self._desk = settings.secret, keep, desk
        self._complained: dict[tuple[str, str], float] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/his/v1/events", self._events, methods=["POST"]),
                Route("/his/v1/rooms", self._rooms),
                Route("/his/v1/letters", self._letters),
                Route("/his/v1/health", self._health),
            ]
        )

    async def _events(self, request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return _json(400, {"error": "cut_off"})
        if body is None:
            told = f"at most {LONGEST_BODY} bytes in one request: send fewer sayings at a time"
            await self._complain("too_large", "events")
            return _json(413, {"error": "too_large", "text": told})
        if not self._is_allowed(request, body):
            await self._complain("wrong_secret", "events")
            told = "say Authorization: Bearer <secret>, or X-Timestamp and X-Signature as HIS.md has it"
            return _json(401, {"error": "wrong_secret", "text": told})
        try:
            raws = _sayings(body)
        except msgspec.MsgspecError as error:
            return await self._unreadable(str(error))
        if len(raws) > MOST_AT_ONCE:
            told = f"at most {MOST_AT_ONCE} sayings in one request"
            return _json(413, {"error": "too_many", "text": told})
        return await self._hear(raws)

    async def _unreadable(self, complaint: str) -> Response:
        await self._complain("malformed", "events")
        return _json(400, {"error": "malformed", "text": f"this is not JSON: {complaint}"})

    async def _hear(self, raws: list[msgspec.Raw]) -> Response:
        heard: list[Heard | None] = []
        sayings: list[Said] = []
        for raw in raws:
            try:
                sayings.append(_said.decode(raw))
                heard.append(None)
            except msgspec.MsgspecError as error:
                heard.append(await self._malformed(raw, str(error)))
        answers = iter(await self._desk.hear(sayings))
        results = [each if each is not None else next(answers) for each in heard]
        again = any(each.result is Outcome.AGAIN for each in results)
        refused = all(each.result is Outcome.REFUSED for each in results) and bool(results)
        status = 503 if again else 422 if refused else 202
        headers = {"retry-after": "2"} if again else {}
        return _json(status, {"results": results}, headers)

    async def _malformed(self, raw: msgspec.Raw, complaint: str) -> Heard:
        try:
            saying = _id.decode(raw).id
        except msgspec.MsgspecError:
            saying = ""
        await self._complain("malformed", saying or NO_CODE)
        return Heard(saying, Outcome.REFUSED, "malformed", f"{complaint}; see HIS.md")

    async def _complain(self, about: str, what: str) -> None:
        """Staff are told, of the same thing once a minute; whoever asks does not wait for a queue server that
        is away."""
        now = time.monotonic()
        if now - self._complained.get((about, what), now - COMPLAIN_EVERY) < COMPLAIN_EVERY:
            return
        if len(self._complained) >= MOST_COMPLAINTS:
            self._complained.clear()
        self._complained[about, what] = now
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await asyncio.shield(asyncio.ensure_future(self._desk.complain(about, what)))

    async def _rooms(self, request: Request) -> Response:
        if not self._is_allowed(request, b""):
            return _json(401, {"error": "wrong_secret"})
        return _json(200, {"rooms": self._desk.rooms()})

    async def _letters(self, request: Request) -> Response:
        if not self._is_allowed(request, b""):
            return _json(401, {"error": "wrong_secret"})
        return _json(200, {"letters": self._keep.refused()})

    async def _health(self, request: Request) -> Response:
        linked = self._desk.is_linked
        return _json(200 if linked else 503, {"queue_server": "linked" if linked else "away"})

    def _is_allowed(self, request: Request, body: bytes) -> bool:
        shown = request.headers.get("authorization", "")
        if shown:
            return hmac.compare_digest(shown.encode(), f"Bearer {self._secret}".encode())
        at, signature = request.headers.get("x-timestamp", ""), request.headers.get("x-signature", "")
        if not at.isascii() or not at.isdigit() or abs(int(at[:16]) / 1000 - time.time()) > SKEW:
            return False
        return hmac.compare_digest(signature.encode(), _signature(self._secret, at, body).encode())


async def _body(request: Request) -> bytes | None:
    """The body; None when it is too long, as soon as that is clear."""
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:12]) > LONGEST_BODY:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_BODY:
            return None
    return bytes(body)


def _sayings(body: bytes) -> list[msgspec.Raw]:
    """The sayings of a body, each to be read by itself. Raises MsgspecError where there is none."""
    if body.lstrip(b" \t\r\n").startswith(b"["):
        return _list.decode(body)
    _one.decode(body)
    return [msgspec.Raw(body)]


def _signature(secret: str, at: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def _shown(secret: str, body: bytes) -> dict[str, str]:
    if not secret:
        return {}
    at = str(int(time.time() * 1000))
    return {
        "authorization": f"Bearer {secret}",
        "x-timestamp": at,
        "x-signature": _signature(secret, at, body),
    }


def _json(status: int, body: object, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), status, headers, "application/json")
