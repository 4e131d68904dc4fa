"""Lines of one clinic, made of events: who waits as what, and in which order they are called."""

from queue_server.engine import calling
from queue_server.engine.draft import Draft
from queue_server.engine.events import StepAdded, VisitRegistered
from queue_server.engine.facility import AppointmentRule, Policy, PriorityFirst, SessionPlan
from queue_server.engine.model import Standing, VisitPart
from queue_server.protocol.codes import (
    AgeGroup,
    CalledAs,
    Lane,
    Language,
    Need,
    Punctuality,
    StepState,
)
from queue_server.protocol.values import replaced
from tests.support.hospital import HOUR, MINUTE, SERVICES, Hospital, facility

BARE = Policy(PriorityFirst(), overdue_after=0, returning_one_in=0, results_first=0)
"""A rule and nothing else, but for what the law and fairness ask for."""
NO_SHARE = AppointmentRule(one_in=0)
LETTERS = {
    "u": CalledAs.URGENT,
    "p": CalledAs.PRIORITY,
    "a": CalledAs.APPOINTMENT,
    "r": CalledAs.RETURNING,
    "f": CalledAs.FASTING,
    "o": CalledAs.ORDINARY,
}
_LANES = {
    CalledAs.URGENT: Lane.URGENT,
    CalledAs.PRIORITY: Lane.PRIORITY,
    CalledAs.APPOINTMENT: Lane.APPOINTMENT,
}


def house(
    policy: Policy,
    *,
    at: int = 7 * HOUR,
    sessions: tuple[SessionPlan, ...] = (),
    appointments: AppointmentRule = NO_SHARE,
    **more: object,
) -> Hospital:
    """A hospital whose vital signs are called by this policy."""
    services = {s.id: s for s in SERVICES}
    services["vitals"] = replaced(services["vitals"], policy=policy)
    plan = facility(services=services, sessions=sessions, appointments=appointments, **more)
    return Hospital(plan, at=at, check=False)


def wait(h: Hospital, letter: str, *, since: int | None = None) -> str:
    """Somebody waits at vital signs from now on. since: another fair key than now."""
    called = LETTERS[letter]
    ordinal = h.day.visit_ordinal + 1
    visit = f"{h.day.day}-{ordinal}"
    punctuality = Punctuality.ON_TIME if called is CalledAs.APPOINTMENT else None
    part = VisitPart(f"L{ordinal:04d}", _LANES.get(called, Lane.WALK_IN), punctuality=punctuality)
    standing = Standing(state=StepState.QUEUED, since=h.now if since is None else since, queued_at=h.now)
    needs = (Need.FASTING,) if called is CalledAs.FASTING else ()
    act = h.day.seq + 1
    h.follow(
        [
            VisitRegistered(
                visit,
                f"token-{ordinal}",
                None,
                "fee",
                "check",
                Language.VI,
                AgeGroup.ORDINARY,
                h.now,
                "kiosk_1",
                part,
                act,
            ),
            StepAdded(
                f"{visit}.1",
                visit,
                "vitals",
                (),
                standing,
                act,
                returning=called is CalledAs.RETURNING,
                needs=needs,
            ),
        ]
    )
    return f"{visit}.1"


def arrive(h: Hospital, letters: str, apart: int = MINUTE) -> list[str]:
    """One after the other, by their letters; time passes after each."""
    steps = []
    for letter in letters:
        steps.append(wait(h, letter))
        h.pass_time(apart)
    return steps


def order_of(h: Hospital, clinic: str = "vitals_1") -> str:
    """The line as it would be called now, by letters."""
    h.day.now = max(h.day.now, h.now)
    letters = {called: letter for letter, called in LETTERS.items()}
    return "".join(letters[turn.called_as] for turn in calling.turns(Draft(h.day), clinic))


def call(h: Hospital, count: int, clinic: str = "vitals_1") -> list[str]:
    """The steps that so many presses call."""
    called = []
    for _ in range(count):
        in_hand = h.day.clinics[clinic].in_hand
        called.append(h.called(clinic, in_hand[0] if in_hand else None))
    return called
