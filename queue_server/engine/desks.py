"""Declared desks and the insured exams given on them in a day: advice, never a refusal.

The insurance pays less from the 66th exam of a desk and day on (TT 39/2018/TT-BYT, article 5). A desk is no
room: several may stand in one, and rooms of one specialty declare the same code, so a desk is named by both.
"""

from queue_server.engine.hours import MINUTE
from queue_server.engine.model import Day, Session

SMALL_GAIN = 10 * MINUTE
"""What a desk with many exams counts as later: another that is not much slower is preferred."""
LARGE_GAIN = 60 * MINUTE
"""The same from the limit on: any other that is not far slower."""


def desk_at(day: Day, clinic: str, at: int, practitioner: str = "") -> str:
    """The desk on which an exam at this moment counts, as `<clinic>/<desk>`; empty where none is declared.

    Of several desks in a room it is the practitioner's, else the one with the fewest so far. After the end of
    a session it is still the last one's.
    """
    declared = [plan for plan in day.sessions.get(clinic, ()) if plan.desk and plan.opens <= at]
    running = [plan for plan in declared if at < plan.ends] or declared[-1:]
    own = [plan for plan in running if plan.practitioner and plan.practitioner == practitioner]
    names = [_name(plan) for plan in own or running]
    return min(names, key=lambda name: (day.insured.get(name, 0), name)) if names else ""


def _name(plan: Session) -> str:
    return f"{plan.clinic}/{plan.desk}"


def insured_exams(day: Day, clinic: str) -> int:
    """Insured exams today on the desk that an exam in this clinic would count for now; 0 without a desk."""
    return day.insured.get(desk_at(day, clinic, day.now), 0)


def advice(day: Day, clinic: str) -> str:
    """`prefer_others`, `at_limit`, or empty while there is nothing to say."""
    count = insured_exams(day, clinic)
    many, limit = day.facility.desk_advice
    return "" if count < many else "prefer_others" if count < limit else "at_limit"


def later_by(day: Day, clinic: str, in_line: int) -> int:
    """What the advice makes one more insured exam count as later here, ms. in_line: who comes before it."""
    desk = desk_at(day, clinic, day.now)
    if not desk:
        return 0
    count = day.insured.get(desk, 0) + in_line
    many, limit = day.facility.desk_advice
    return 0 if count < many else SMALL_GAIN if count < limit else LARGE_GAIN
