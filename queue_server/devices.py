"""Which devices are connected, when they were last heard of, and what they report. Memory only.

Only changes of health become events: a kiosk that stays away is told of as an alert, by whoever asks `lost`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from queue_server.protocol import rows as row
from queue_server.protocol.codes import Role
from queue_server.protocol.rows import Row

MISSED_AFTER = 60_000
"""ms without a connection after which a kiosk counts as lost: a restart of the machine is quicker."""

Shows = dict[str, str | int | bool]


@dataclass(slots=True)
class _Device:
    role: Role
    seen_at: int
    connections: int = 0
    shows: Shows = field(default_factory=dict)
    told: bool = False


class Devices:
    """Devices that are or were connected since this process began. All moments in ms."""

    def __init__(self) -> None:
        self._devices: dict[str, _Device] = {}
        self.changed = False
        """Whether `rows` may differ since whoever shows them set this to False."""

    def came(self, device: str, role: Role, now: int) -> None:
        """One more connection of a device."""
        known = self._devices.setdefault(device, _Device(role, now))
        known.connections += 1
        known.seen_at = now
        known.told = False
        self.changed = True

    def went(self, device: str, now: int) -> None:
        """One connection less."""
        known = self._devices[device]
        known.connections -= 1
        known.seen_at = now
        self.changed = True

    def reported(self, device: str, shows: Shows, now: int) -> None:
        """A device said what it shows."""
        known = self._devices[device]
        if known.shows != shows:
            known.shows = shows
            known.seen_at = now
            self.changed = True

    def is_online(self, device: str) -> bool:
        """Whether a device is connected now."""
        known = self._devices.get(device)
        return known is not None and known.connections > 0

    def rows(self) -> Mapping[str, Row]:
        """Rows of the `devices` topic, by key."""
        return {
            device: row.Device(
                key=device,
                role=known.role,
                online=known.connections > 0,
                seen_at=known.seen_at,
                shows=known.shows,
            )
            for device, known in self._devices.items()
        }

    def lost(self, now: int) -> list[str]:
        """Kiosks gone for longer than `MISSED_AFTER`; each is named once until it comes back."""
        gone = [
            device
            for device, known in self._devices.items()
            if known.role is Role.KIOSK
            and not known.connections
            and not known.told
            and now - known.seen_at >= MISSED_AFTER
        ]
        for device in gone:
            self._devices[device].told = True
        return gone
