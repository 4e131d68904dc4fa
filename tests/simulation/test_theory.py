"""The engine, driven by the simulator, waits as long as the books say."""

import math
import random
from collections.abc import Callable

import pytest

from queue_server.engine.facility import Accumulating
from queue_server.protocol.codes import Balance, Binding, CalledAs, Lane
from queue_server.protocol.values import replaced
from tests.support.theory import (
    arrivals,
    erlang_c,
    exponential,
    kleinrock,
    mean_of_batches,
    plant,
    played,
    pollaczek_khinchine,
    waits,
)


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.6), (2, 0.8), (5, 0.85)])
@pytest.mark.parametrize("one_clinic", [True, False], ids=["one clinic", "clinics of one place"])
def test_exponential_turns_at_several_places_wait_as_erlang_says(
    servers: int, busy: float, one_clinic: bool
) -> None:
    mean = 6.0 * servers
    rate = busy * servers / mean
    hall = plant(places=servers) if one_clinic else plant(clinics=servers)
    found, half = mean_of_batches(waits(played(hall, arrivals(rate, exponential(mean), seed=11))))
    assert abs(found - erlang_c(servers, rate, mean)) < half


def _steady(seconds: float) -> Callable[[random.Random], float]:
    return lambda chance: seconds


def _uneven(mean: float, spread: float) -> Callable[[random.Random], float]:
    """Log-normal; spread: coefficient of variation."""
    variance = math.log(1 + spread**2)
    return lambda chance: mean * math.exp(chance.gauss(-variance / 2, math.sqrt(variance)))


@pytest.mark.parametrize("spread", [0.0, 0.6, 1.4])
def test_any_turns_at_one_place_wait_as_pollaczek_and_khinchine_say(spread: float) -> None:
    mean, busy = 7.0, 0.7
    work = _uneven(mean, spread) if spread else _steady(mean)
    found, half = mean_of_batches(waits(played(plant(), arrivals(busy / mean, work, seed=5))))
    expected = pollaczek_khinchine(busy / mean, mean, mean**2 * (1 + spread**2))
    assert abs(found - expected) < half


@pytest.mark.parametrize("gain", [130, 200, 300])
def test_two_gains_wait_as_kleinrock_says(gain: int) -> None:
    # Half of the patients and gains that do not differ much: the share that the law guarantees never binds.
    mean, busy = 6.0, 0.75
    rate = busy / mean
    rule = Accumulating(gains={CalledAs.ORDINARY: 100, CalledAs.PRIORITY: gain})
    customers = arrivals(rate, exponential(mean), seed=8, priority=0.5)
    world = played(plant(rule=rule), customers)
    slow, fast = kleinrock((rate / 2, rate / 2), mean, 2 * mean**2, (100, gain))
    found_slow, half_slow = mean_of_batches(waits(world, Lane.WALK_IN))
    found_fast, half_fast = mean_of_batches(waits(world, Lane.PRIORITY))
    assert abs(found_slow - slow) < half_slow
    assert abs(found_fast - fast) < half_fast
    assert found_slow / found_fast == pytest.approx(slow / fast, rel=0.08)


def test_binding_to_the_earliest_start_comes_close_to_one_line_for_all() -> None:
    paces = (0.7, 0.8, 0.9, 1.1, 1.2, 1.3)
    customers = arrivals(0.9 / 12.0, exponential(72.0), seed=4)
    pooled, half = mean_of_batches(waits(played(plant(clinics=6), customers, paces=paces)))
    late = plant(clinics=6, binding=Binding.LATE)
    found, _ = mean_of_batches(waits(played(late, customers, paces=paces)))
    by_chance = replaced(late, balance=Balance.RANDOM)
    random_, _ = mean_of_batches(waits(played(by_chance, customers, paces=paces)))
    # Whoever is bound may see another room become free first: that costs less than a quarter of a turn.
    assert pooled - half < found < pooled + 72.0 / 4
    assert random_ > 2 * pooled
    assert (random_ - found) / (random_ - pooled) >= 0.95
