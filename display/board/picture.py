"""What a hall board shows, as a value: rows, link and time in, picture out. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from display import texts
from queue_server.client.conversation import Link, LinkState
from queue_server.protocol.codes import ClinicState, HallState, Language, Notice
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import HallCall, HallCard, HallNotice, HallPlace, Row

STALE_AFTER = 15.0
"""Seconds without a word from the server after which a picture may be wrong (three beats)."""
_WORTH_SAYING = 5.0
FRESH_FOR = 15_000
"""Ms for which a call is marked as new."""

CALLED = Label(vi="MỜI VÀO", en="Please come in")
PREPARED = Label(vi="CHUẨN BỊ", en="Get ready")
MISSED = Label(vi="ĐÃ GỌI – mời quét lại phiếu", en="Called – scan your ticket again")
NOBODY = Label(vi="Chưa gọi số nào", en="No number called yet")
CONNECTING = Label(vi="Đang nối với máy chủ…", en="Connecting to the server…")
NEW = Label(vi="MỚI GỌI", en="NEW")
CLOSED = Label(vi="Không nhận lúc này", en="Not open now")
AS_OF = Label(vi="hình cách đây {age}", en="picture from {age} ago")
BOARD_TEXTS = (CALLED, PREPARED, MISSED, NOBODY, CONNECTING, NEW, CLOSED, AS_OF)


@dataclass(frozen=True, slots=True)
class Call:
    """A number and where it goes. key: of its row. at: ms of its last call. fresh: called just now."""

    key: str
    sign: str
    place: Label
    room: str
    at: int
    times: int
    fresh: bool
    say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """All that one hall screen shows.

    title: the hall's name and floor, empty before they are known. clock: `HH:MM` of the server, empty before
    it was ever heard. notices: what to be told about places, most needed first. trouble: why the picture may
    be wrong, None while it is right. as_of: its age in words. reason: of a link that is refused, for whoever
    mends it.
    """

    title: Label
    language: Language
    clock: str
    newest: Call | None
    others: tuple[Call, ...]
    prepared: tuple[Call, ...]
    missed: tuple[Call, ...]
    announcements: tuple[Label, ...]
    notices: tuple[Label, ...]
    trouble: Label | None
    as_of: Label | None
    reason: Label | None
    empty: bool

    @property
    def stale(self) -> bool:
        """Whether the numbers may be wrong and are dimmed."""
        return self.trouble is not None


def make(
    rows: Iterable[Row],
    link: Link,
    age: float | None,
    now: int,
    where: tzinfo,
    *,
    language: Language = Language.VI,
    loaded: bool = True,
) -> Picture:
    """The picture of one hall. age: seconds since the server was heard, None never. now: server's ms.

    loaded: whether the hall's rows were ever received; an empty hall looks the same otherwise.
    """
    calls: dict[HallState, list[Call]] = {state: [] for state in HallState}
    places: list[HallPlace] = []
    announcements: list[HallNotice] = []
    title = Label(vi="", en="")
    for row in rows:
        match row:
            case HallCall():
                calls[row.state].append(_call(row, now))
            case HallPlace():
                places.append(row)
            case HallCard():
                title = _title(row)
            case HallNotice() if row.until is None or row.until > now:
                announcements.append(row)
            case _:
                continue
    called = sorted(calls[HallState.CALLED], key=lambda call: (-call.at, call.key))
    silent = age is None or age >= STALE_AFTER
    down = link.state is not LinkState.ONLINE or link.degraded
    trouble = texts.LINK_LOST if silent or down else None
    return Picture(
        title=title,
        language=language,
        clock="" if age is None else texts.clock(now, where),
        newest=called[0] if called else None,
        others=tuple(called[1:]),
        prepared=tuple(sorted(calls[HallState.PREPARED], key=lambda call: (call.at, call.key))),
        missed=tuple(sorted(calls[HallState.MISSED], key=lambda call: (-call.at, call.key))),
        announcements=tuple(
            texts.NOTICES[row.notice] for row in sorted(announcements, key=lambda row: (-row.at, row.key))
        ),
        notices=_notices(places, where),
        trouble=(trouble if loaded or age is not None else CONNECTING) if trouble else None,
        as_of=_as_of(age) if trouble and age is not None and age >= _WORTH_SAYING else None,
        reason=texts.close_reason(link.code) if link.slow else None,
        empty=not loaded,
    )


def _title(row: HallCard) -> Label:
    return Label(
        vi=" – ".join(part for part in (row.name.vi, row.floor.vi) if part),
        en=" – ".join(part for part in (row.name.en, row.floor.en) if part),
    )


def _call(row: HallCall, now: int) -> Call:
    fresh = row.state is HallState.CALLED and now - row.at < FRESH_FOR
    return Call(
        key=row.key,
        sign=row.call_sign,
        place=Label(vi=_door(row.place.vi, row.room), en=_door(row.place.en, row.room)),
        room=row.room,
        at=row.at,
        times=row.times_called,
        fresh=fresh,
        say=row.say,
    )


def _door(name: str, room: str) -> str:
    """A place's name with its room, unless the name tells it already."""
    return f"{name} · {room}" if name and room and room not in name.replace(",", " ").split() else name


def _as_of(age: float) -> Label:
    """Rounded down to 5 s below a minute, so that a stopped screen does not count aloud."""
    steady = age if age >= 60 else age - age % 5
    return Label(
        vi=texts.fill(AS_OF, {"age": texts.age(steady, Language.VI)}).vi,
        en=texts.fill(AS_OF, {"age": texts.age(steady, Language.EN)}).en,
    )


def _notices(places: list[HallPlace], where: tzinfo) -> tuple[Label, ...]:
    """A line for each place that is not simply open; those without a word of their own share the last."""
    told: list[tuple[int, str, Label]] = []
    shut: list[Label] = []
    for row in places:
        words = _words(row)
        if row.state is ClinicState.CLOSED and row.notice in (None, Notice.CLOSED) and row.news_at is None:
            shut.append(row.place)
        elif words is not None:
            told.append((_URGENCY[row.state], row.key, _join(row.place, _with_time(row, words, where))))
    lines = [label for _, _, label in sorted(told, key=lambda line: line[:2])]
    if shut:
        names = sorted(shut, key=lambda label: label.vi)
        lines.append(
            Label(
                vi=f"{CLOSED.vi}: {', '.join(label.vi for label in names)}",
                en=f"{CLOSED.en}: {', '.join(label.en or label.vi for label in names)}",
            )
        )
    return tuple(lines)


_URGENCY = {ClinicState.PAUSED: 0, ClinicState.DRAINING: 1, ClinicState.OPEN: 2, ClinicState.CLOSED: 3}
_UNSAID = {ClinicState.PAUSED: Notice.PAUSED, ClinicState.DRAINING: Notice.DRAINING}


def _words(row: HallPlace) -> Label | None:
    notice = row.notice or _UNSAID.get(row.state)
    return texts.NOTICES[notice] if notice else None


def _with_time(row: HallPlace, words: Label, where: tzinfo) -> Label:
    if row.news_at is None:
        return words
    template = texts.CALLS_AGAIN_AT if row.notice is Notice.LUNCH else texts.NEWS_AT
    news = texts.fill(template, {"time": texts.clock(row.news_at, where)})
    return Label(vi=f"{words.vi} – {news.vi}", en=f"{words.en} – {news.en}")


def _join(place: Label, words: Label) -> Label:
    return Label(vi=f"{place.vi}: {words.vi}", en=f"{place.en or place.vi}: {words.en}")
