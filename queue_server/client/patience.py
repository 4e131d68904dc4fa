"""When to come back: quickly after a fault of the network, slowly after a refusal. Pure."""

SOON_FIRST, SOON_MOST = 0.25, 10.0
SLOW_FIRST, SLOW_MOST = 15.0, 60.0


def comes_back_slowly(code: int) -> bool:
    """True for closes that mean "not like this": a wrong token, an unsupported wire, a broken frame."""
    return 4500 <= code <= 4999 or (1002 <= code <= 1009 and code != 1006)


def delay(code: int, attempt: int, chance: float) -> float:
    """Seconds to wait before the next server is tried.

    attempt: 0 after a connection that had been welcomed, then 1, 2, … chance: in [0, 1), the jitter; a
    thousand screens that lost one server must not come back in the same instant.
    """
    first, most = (SLOW_FIRST, SLOW_MOST) if comes_back_slowly(code) else (SOON_FIRST, SOON_MOST)
    ceiling: float = min(most, first * 2 ** min(attempt, 10))
    return ceiling * (0.5 + chance / 2)
