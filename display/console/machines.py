"""Kiosks, boards and printers in words, for whoever looks after them. Pure."""

from collections.abc import Iterator

from rich.text import Text

from display import texts
from display.console import view, words
from display.console.desk import Desk, of
from queue_server.protocol.codes import Role
from queue_server.protocol.rows import Device

_LOUD = frozenset(
    {
        "closed",
        "emergency",
        "no_scanner",
        "paper_low",
        "loose",
        "outbox",
        "outbox_refused",
        "outbox_damaged",
        "disk_failed",
    }
)
"""Facts that somebody should look into; so is a printer that is not ready."""


_COUNTS = frozenset({"outbox", "outbox_refused", "outbox_damaged", "loose"})
_PRINTERS = frozenset({"printer", "spare"})


def lines(desk: Desk) -> list[Text]:
    """One device a line, those in trouble first."""
    devices = sorted(of(Device, desk.devices), key=lambda row: (not _troubled(row), row.role, row.key))
    return [_line(desk, row) for row in devices] or [
        view.styled(f" {desk.say(words.NO_DEVICES)}", view.FAINT)
    ]


def _line(desk: Desk, row: Device) -> Text:
    role = words.DEVICE_ROLES.get(Role(row.role)) if row.role in set(Role) else None
    line = view.styled(f" {row.key}  ", view.STRONG)
    line.append(f"{desk.say(role) if role else row.role}  ", view.FAINT)
    if row.online:
        line.append(desk.say(words.DEVICE_ONLINE), "#7fe0a0")
    else:
        age = texts.age(max(0, desk.now - row.seen_at) / 1000, desk.language)
        line.append(f" {desk.say(words.DEVICE_GONE, age=age)} ", view.WARNING)
    for name, value in _facts(row):
        told = desk.say(words.DEVICE_FACTS[name], value=_value(desk, value))
        loud = _is_loud(name, value)
        line.append("  ").append(f" {told} " if loud else told, view.WARNING if loud else view.FAINT)
    return line


def _value(desk: Desk, value: str | int | bool) -> str:
    """A value in words; two of them, as `passed 04:31`, one after the other."""
    said = []
    for part in str(value).split():
        label = words.DEVICE_VALUES.get(part)
        said.append(desk.say(label) if label else part)
    return " ".join(said)


def _facts(row: Device) -> Iterator[tuple[str, str | int | bool]]:
    """What there is to tell, in order; what says nothing is left out."""
    # Devices count paper in mm; nobody here needs it finer than in metres.
    left = row.shows.get("paper_left", "")
    metres = left // 1000 if isinstance(left, int) else ""
    shows = {**row.shows, "paper_left": metres, "no_scanner": row.shows.get("scanner", True) is False}
    for name in words.DEVICE_FACTS:
        value = shows.get(name, "")
        if value not in ("", False) and not (name in _COUNTS and value == 0):
            yield name, value


def _troubled(row: Device) -> bool:
    return not row.online or any(_is_loud(name, value) for name, value in _facts(row))


def _is_loud(name: str, value: str | int | bool) -> bool:
    """Whether somebody should look into it. A printer that cannot be asked is as it has to be."""
    return name in _LOUD or (name in _PRINTERS and value not in ("ready", "unasked"))
