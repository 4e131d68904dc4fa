"""Adapter: the portal of Vietnam Social Security over HTTP.

    POST <url>/api/token/take                form: username, password          -> access_token, id_token
    POST <url>/api/egw/KQNhanLichSuKCB2024   JSON: card, name, birth, staff     -> maKetQua, validity, …

With the validity the portal sends where its holder was treated, for what, over the years. That is nobody's
business at a reception: the types below have no place for it, so it is skipped while the answer is read and
never becomes a value of this program.
"""

import asyncio
import logging
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated

import httpx
import msgspec
from msgspec import Meta, Struct

from queue_server.insurance.account import Account
from queue_server.insurance.meanings import Then, meaning
from queue_server.insurance.port import Card, Fault, LookupFailed, Verdict

TOKEN_PATH = "/api/token/take"  # noqa: S105 - an address, not a secret
CARD_PATH = "/api/egw/KQNhanLichSuKCB2024"

LONGEST_ANSWER = 8 * 1024 * 1024
"""Bytes that an answer may have: the visits of a lifetime come with it, a few hundred bytes each."""
EARLY = 60.0
"""Seconds before its end at which a token is not used any more."""
SHORTEST, LONGEST, USUAL = 60.0, 24 * 3600.0, 900.0
"""Seconds for which a token is used at least and at most, and where the portal does not say."""
HTTP_OK, HTTP_UNAUTHORIZED, HTTP_FORBIDDEN = 200, 401, 403

Code = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{1,8}$")]


class _Token(Struct, rename={"access": "access_token", "identity": "id_token"}):
    access: str = ""
    identity: str = ""
    expires_in: str | int | float | None = None

    def __repr__(self) -> str:
        return "<a token>"


class _Taken(
    Struct, rename={"code": "maKetQua", "access": "access_token", "identity": "id_token", "key": "APIKey"}
):
    """The portal wraps the token; a gateway in between may not."""

    code: str | int | None = None
    key: _Token | None = None
    access: str = ""
    identity: str = ""
    expires_in: str | int | float | None = None


class _Told(
    Struct,
    rename={
        "code": "maKetQua",
        "valid_from": "gtTheTu",
        "valid_until": "gtTheDen",
        "new_from": "gtTheTuMoi",
        "new_until": "gtTheDenMoi",
    },
):
    """All that is read of an answer about a card: no name, no address, no history."""

    code: Code
    valid_from: str | None = None
    valid_until: str | None = None
    new_from: str | None = None
    new_until: str | None = None


_taken = msgspec.json.Decoder(_Taken)
_told = msgspec.json.Decoder(_Told)


@dataclass(frozen=True, slots=True)
class _Session:
    """A token in use. until: on the monotonic clock, seconds."""

    access: str = field(repr=False)
    identity: str = field(repr=False)
    until: float


class Portal:
    """The portal as a `Lookup`. Made and used on one event loop."""

    def __init__(
        self,
        url: str,
        account: Account,
        *,
        timeout: float,
        at_once: int,
        tls: ssl.SSLContext | bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """url: without a path. timeout: seconds for one look-up, with everything. at_once: look-ups that may
        run at the same time. tls: True verifies with the usual authorities."""
        # Its INFO lines hold whole addresses, and the portal wants token and password in them.
        for library in ("httpx", "httpcore"):
            logging.getLogger(library).setLevel(logging.WARNING)
        self._account = account
        self._timeout = timeout
        self._monotonic = monotonic
        self._places = asyncio.Semaphore(at_once)
        self._taking = asyncio.Lock()
        self._session: _Session | None = None
        self._refusals = 0
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(timeout),
            verify=tls,
            # A redirect would carry the password to wherever it points.
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once),
        )

    async def close(self) -> None:
        """See Lookup."""
        await self._client.aclose()

    async def ask(self, card: Card) -> Verdict:
        """See Lookup. The time limit begins when a place is free."""
        async with self._places:
            try:
                async with asyncio.timeout(self._timeout):
                    return await self._ask(card)
            except TimeoutError:
                raise LookupFailed(Fault.TIMEOUT) from None

    async def _ask(self, card: Card) -> Verdict:
        session = await self._signed_in()
        answer = await self._look_up(card, session)
        if answer is None:
            # The token ended before its time. A second refusal is meant.
            self._drop(session)
            answer = await self._look_up(card, await self._signed_in())
        if answer is None:
            raise LookupFailed(Fault.AUTHENTICATION, "401")
        return _verdict(answer)

    async def _look_up(self, card: Card, session: _Session) -> _Told | None:
        """None: the token is not taken."""
        status, body = await self._post(
            CARD_PATH,
            params={
                "token": session.access,
                "id_token": session.identity,
                "username": self._account.username,
                "password": self._account.password_hash,
            },
            json={
                "maThe": card.number,
                "hoTen": card.name,
                "ngaySinh": _birth(card.birth),
                "hoTenCb": self._account.staff_name,
                "cccdCb": self._account.staff_id,
            },
        )
        if status == HTTP_UNAUTHORIZED:
            return None
        try:
            told = _told.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            # Its words could repeat what stands in the answer.
            raise LookupFailed(Fault.BAD_ANSWER, "an answer that cannot be read") from None
        return None if told.code == str(HTTP_UNAUTHORIZED) else told

    async def _signed_in(self) -> _Session:
        refusals = self._refusals
        async with self._taking:
            if refusals != self._refusals:
                # Whoever waited for the token would only say the password that was refused once more.
                raise LookupFailed(Fault.AUTHENTICATION, "refused to another")
            if self._session is None or self._session.until <= self._monotonic():
                try:
                    self._session = await self._take()
                except LookupFailed as failed:
                    self._refusals += failed.fault is Fault.AUTHENTICATION
                    raise
            return self._session

    def _drop(self, session: _Session) -> None:
        if self._session is session:
            self._session = None

    async def _take(self) -> _Session:
        status, body = await self._post(
            TOKEN_PATH, data={"username": self._account.username, "password": self._account.password_hash}
        )
        if status == HTTP_UNAUTHORIZED:
            raise LookupFailed(Fault.AUTHENTICATION, "no token")
        try:
            taken = _taken.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise LookupFailed(Fault.BAD_ANSWER, "a token that cannot be read") from None
        code = str(taken.code) if taken.code is not None else str(HTTP_OK)
        if code in ("401", "402", "403"):
            raise LookupFailed(Fault.AUTHENTICATION, code)
        token = taken.key or _Token(taken.access, taken.identity, taken.expires_in)
        if code != str(HTTP_OK) or not token.access:
            raise LookupFailed(Fault.BAD_ANSWER, "no token in the answer")
        return _Session(token.access, token.identity, self._monotonic() + _seconds(token.expires_in))

    async def _post(
        self,
        path: str,
        *,
        params: dict[str, str] | None = None,
        data: dict[str, str] | None = None,
        json: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of an answer that means something: 200, or 401. Raises LookupFailed."""
        try:
            async with self._client.stream("POST", path, params=params, data=data, json=json) as answer:
                status = answer.status_code
                if status in (HTTP_UNAUTHORIZED, HTTP_FORBIDDEN):
                    return HTTP_UNAUTHORIZED, b""
                if status != HTTP_OK:
                    raise LookupFailed(Fault.UNREACHABLE, f"status {status}")
                body = bytearray()
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > LONGEST_ANSWER:
                        raise LookupFailed(Fault.BAD_ANSWER, f"an answer of more than {LONGEST_ANSWER} bytes")
                return status, bytes(body)
        except httpx.TimeoutException:
            raise LookupFailed(Fault.TIMEOUT) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not chained: the error holds the request, and the request the password and the patient.
            raise LookupFailed(Fault.UNREACHABLE, type(error).__name__) from None


def _verdict(told: _Told) -> Verdict:
    then = meaning(told.code).then
    if then is Then.ACCOUNT:
        raise LookupFailed(Fault.AUTHENTICATION, told.code)
    if then is Then.AGAIN:
        raise LookupFailed(Fault.CANNOT_LOOK, told.code)
    since, until = _day(told.valid_from), _day(told.valid_until)
    if told.code == "003":
        since, until = _day(told.new_from) or since, _day(told.new_until) or until
    return Verdict(told.code, since, until)


_WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def _day(written: str | None) -> str:
    """`YYYY-MM-DD` of `dd/MM/yyyy`; empty for anything else."""
    found = _WRITTEN.match((written or "").strip())
    try:
        return date(int(found[3]), int(found[2]), int(found[1])).isoformat() if found else ""
    except ValueError:
        return ""


def _birth(birth: str) -> str:
    """As the portal wants it: `dd/MM/yyyy`, or `yyyy` where the day is not known."""
    year, *rest = birth.split("-")
    return f"{rest[1]}/{rest[0]}/{year}" if len(rest) > 1 else year


def _seconds(expires_in: str | float | None) -> float:
    """For how long to use a token. The portal says when it ends, as a moment or as seconds from now."""
    match expires_in:
        case int() | float():
            left = float(expires_in)
        case str() if re.fullmatch(r"\d{1,9}", expires_in.strip()):
            left = float(expires_in)
        case str():
            left = _until(expires_in.strip())
        case _:
            left = USUAL
    return min(LONGEST, max(SHORTEST, left - EARLY))


def _until(moment: str) -> float:
    """Seconds until a moment as ISO 8601 writes it, in UTC where it says nothing else."""
    try:
        ends = datetime.fromisoformat(moment)
    except ValueError:
        return USUAL
    return (ends if ends.tzinfo is not None else ends.replace(tzinfo=UTC)).timestamp() - time.time()
