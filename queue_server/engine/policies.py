"""Which policy holds at a clinic now, and what it guarantees to whom (DESIGN §4, Calling policy).

A guaranteed share says: of any `one_in` calls in a row at least one is of these, while one of them waits.
Urgent calls stand outside and are not counted. Several shares can fall due with the same call, so each is
watched from a call on that leaves room for the shares above it. How many calls those can take is the response
time of fixed priorities (Joseph and Pandya 1986): who is watched from the n-th call on asks for one in n.

Below all of them stands one share that no site can change: after `OVERTAKEN` calls in a row of people who
came later, the next goes to whoever came first. So nobody starves, under any rule: of `bound` calls in a row
at least one takes somebody who came no later than oneself.
"""

from functools import lru_cache

from queue_server.engine.facility import AppointmentRule, Facility, Policy, PolicyHours
from queue_server.engine.hours import MINUTE, local_minute
from queue_server.protocol.codes import CalledAs
from queue_server.protocol.values import Value

LEGAL_ONE_IN = 4
"""Of so many calls at least one is of the priority group while one waits. The law puts these people first
(15/2023/QH15, article 3, clause 2) and leaves the way to the facility; no site may give them less."""
OVERTAKEN = 9
"""So many calls in a row may go to people who came later."""
LONGEST_SHARE = 15
"""A clinic remembers 16 calls, 15 after one was taken back: no share looks further."""
LONGEST_BOUND = 40
"""Above it a guarantee is none: at 6 minutes a call it takes more than a morning."""
LAW, OVERDUE, RETURNING, APPOINTMENT, OLDEST = (
    "share_law",
    "share_overdue",
    "share_returning",
    "share_appointment",
    "share_oldest",
)
"""Codes of the shares, as `explain` tells them."""


class Share(Value):
    """One guaranteed share. watched: due once so many calls less one went to others."""

    code: str
    one_in: int
    watched: int


class Guarantees(Value):
    """shares: the strongest first. bound: of so many calls at least one is of somebody who came no later."""

    shares: tuple[Share, ...]
    bound: int


def in_force(facility: Facility, clinic: str, now: int) -> Policy:
    """The policy of a clinic at a moment: of its first service, all its services have the same."""
    return of_service(facility, facility.clinics[clinic].services[0], now)


def of_service(facility: Facility, name: str, now: int) -> Policy:
    """The policy of a service at a moment, by the local time of day."""
    service = facility.services[name]
    if not service.policy_hours:
        return service.policy
    minute = local_minute(facility, now)
    return next((turn.policy for turn in service.policy_hours if _holds(turn, minute)), service.policy)


def name_of(policy: Policy) -> str:
    """What a site file calls the policy's rule."""
    tag = policy.rule.__struct_config__.tag
    return tag if isinstance(tag, str) else ""


def _holds(turn: PolicyHours, minute: int) -> bool:
    return turn.opens <= minute < turn.ends


def guarantees(policy: Policy, appointments: AppointmentRule) -> Guarantees | None:
    """What a policy guarantees; None when its shares are too many to be kept together."""
    overdue = policy.overdue_one_in if policy.overdue_after else 0
    return _guarantees(overdue, policy.returning_one_in, appointments.one_in)


def kept(policy: Policy, appointments: AppointmentRule) -> Guarantees:
    """The same to call by; of a policy that no site file could have, what no policy can take away."""
    found = guarantees(policy, appointments) or _guarantees(0, 0, 0)
    return found or Guarantees((), LONGEST_BOUND)


@lru_cache(maxsize=256)
def _guarantees(overdue: int, returning: int, appointment: int) -> Guarantees | None:
    wanted = [(overdue, OVERDUE), (appointment, APPOINTMENT), (returning, RETURNING)]
    wanted = [(LEGAL_ONE_IN, LAW), *sorted((share for share in wanted if share[0]), key=lambda each: each[0])]
    shares: list[Share] = []
    if max(one_in for one_in, _ in wanted) > LONGEST_SHARE:
        return None
    for one_in, code in wanted:
        delay = _response(shares, one_in)
        if delay is None:
            return None
        shares.append(Share(code, one_in, one_in - delay + 1))
    delay = _response(shares, LONGEST_BOUND - OVERTAKEN)
    return None if delay is None else Guarantees(tuple(shares), OVERTAKEN + delay)


def _response(above: list[Share], longest: int) -> int | None:
    """With how many calls a share that falls due is served at the latest; None when it takes longer."""
    delay = 1
    while delay <= longest:
        needed = 1 + sum(-(-delay // share.watched) for share in above)
        if needed == delay:
            return delay
        delay = needed
    return None


def lifts_fasting(facility: Facility, policy: Policy, now: int) -> bool:
    """Whether those who fast count as having come earlier at this moment."""
    return policy.fasting_until > 0 and local_minute(facility, now) < policy.fasting_until


def lift(facility: Facility, policy: Policy, called: CalledAs, now: int) -> int:
    """How much earlier (ms) somebody counts as having come, beside what the rule does for priority."""
    if called is CalledAs.FASTING and lifts_fasting(facility, policy, now):
        return policy.fasting_minutes * MINUTE
    return 0
