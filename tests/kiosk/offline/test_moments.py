"""What time it is without the server, and when nobody can tell."""

from zoneinfo import ZoneInfo

import pytest

from kiosk.offline.moments import AGREES, LONGEST_AWAY, Moments, Stamp

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1_795_400_000_000
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY, TOMORROW, YEARS_AGO = "2026-11-23", "2026-11-24", 946_684_800_000
HEARD = Stamp(NOW, "run", 1_000, sure=True)


class Machine:
    """A machine's two clocks."""

    def __init__(self, wall: int = NOW, ticks: int = 1_000) -> None:
        self.wall, self.ticks = wall, ticks

    def moments(self, heard: Stamp | None = HEARD, run: str = "run") -> Moments:
        return Moments(heard, run=run, steady=lambda: self.ticks, own=lambda: self.wall)


def test_the_servers_time_goes_on_by_a_clock_that_nobody_sets() -> None:
    machine = Machine(wall=YEARS_AGO)
    moments = machine.moments()
    machine.ticks += HOUR
    machine.wall += 5 * HOUR
    assert moments.now() == Stamp(NOW + HOUR, "run", 1_000 + HOUR, sure=True)
    moments.hear(NOW + 2 * HOUR)
    assert moments.now().at == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("wall", "believable"),
    [
        (NOW - 1, False),
        (YEARS_AGO, False),
        (NOW + DAY, True),
        (NOW + LONGEST_AWAY, True),
        (NOW + LONGEST_AWAY + 1, False),
    ],
)
def test_after_the_machine_began_anew_its_own_clock_counts_while_it_can_be(
    wall: int, believable: bool
) -> None:
    moments = Machine(wall).moments(run="next run")
    assert moments.now() == Stamp(wall, "next run", 1_000, sure=False)
    assert moments.believable is believable
    assert (moments.day(ZONE, 0) is not None) is believable


def test_the_service_day_ends_when_the_site_says() -> None:
    machine = Machine()
    moments = machine.moments()
    assert (moments.day(ZONE, 0), moments.minute(ZONE, 0)) == (TODAY, 9 * 60 + 13)
    machine.ticks += 16 * HOUR
    assert (moments.day(ZONE, 0), moments.minute(ZONE, 0)) == (TOMORROW, 60 + 13)
    assert (moments.day(ZONE, 120), moments.minute(ZONE, 120)) == (TODAY, 23 * 60 + 13)


def test_what_was_before_the_server_was_heard_is_placed_in_its_time() -> None:
    machine = Machine(wall=YEARS_AGO)
    moments = machine.moments(None)
    assert moments.when(HEARD) is None
    came = moments.now()
    assert came == Stamp(YEARS_AGO, "run", 1_000, sure=False)
    machine.ticks += HOUR
    moments.hear(NOW)
    assert moments.when(came) == NOW - HOUR


@pytest.mark.parametrize(
    ("stamp", "wall", "when"),
    [
        # Told by the server's time, in another run.
        (Stamp(NOW - DAY, "before", 5, sure=True), YEARS_AGO, NOW - DAY),
        # By an own clock that is right now, and by one that is not.
        (Stamp(NOW - DAY, "before", 5, sure=False), NOW + AGREES, NOW - DAY),
        (Stamp(NOW - DAY, "before", 5, sure=False), NOW + AGREES + 1, None),
        (Stamp(NOW + DAY, "before", 5, sure=False), NOW, NOW),
    ],
)
def test_what_another_run_noted_is_believed_as_far_as_its_clock_was(
    stamp: Stamp, wall: int, when: int | None
) -> None:
    assert Machine(wall).moments().when(stamp) == when


def test_a_system_that_does_not_name_its_runs_has_only_its_own_clock() -> None:
    moments = Machine(wall=NOW + HOUR).moments(Stamp(NOW, "", 1_000, sure=True), run="")
    assert moments.now() == Stamp(NOW + HOUR, "", 1_000, sure=False)


def test_the_machines_clocks_are_the_machines() -> None:
    moments = Moments()
    before = moments.now()
    moments.hear(NOW)
    assert moments.now().boot == before.boot
    assert 0 <= moments.now().at - NOW < HOUR
