"""Policies as sentences, Vietnamese and English."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from queue_server.engine import policies
from queue_server.engine.facility import (
    Accumulating,
    Facility,
    FirstCome,
    HeadStart,
    Policy,
    PriorityFirst,
    Ratio,
    Service,
    Words,
)
from queue_server.protocol.codes import CalledAs, ClinicKind

MINUTE = 60_000
_WHO = {
    CalledAs.PRIORITY: Words("người thuộc diện ưu tiên", "people with priority"),
    CalledAs.APPOINTMENT: Words("người có hẹn", "people with an appointment"),
    CalledAs.RETURNING: Words("người quay lại với kết quả", "people back with results"),
    CalledAs.FASTING: Words("người phải nhịn ăn", "people who have to fast"),
    CalledAs.ORDINARY: Words("người khác", "all others"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """The sentences of one policy. heading: when it holds, None when there is only one."""

    heading: Words | None
    rules: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Poster:
    """One sheet for all services that are called alike. services: their names, empty when it is for all."""

    facility: Words
    services: tuple[Words, ...]
    turns: tuple[Turn, ...]
    always: tuple[Words, ...]


def posters(facility: Facility, service: str | None = None) -> tuple[Poster, ...]:
    """One sheet for each way of calling that the facility has, or the one of a service.

    Raises KeyError for a service the facility does not have.
    """
    if service is not None:
        return (_poster(facility, (facility.services[service],), named=True),)
    alike: list[list[Service]] = []
    for each in facility.services.values():
        group = next((found for found in alike if _same(found[0], each)), None)
        if group is None:
            alike.append([each])
        else:
            group.append(each)
    return tuple(_poster(facility, tuple(group), named=len(alike) > 1) for group in alike)


def _same(one: Service, other: Service) -> bool:
    return (one.policy, one.policy_hours, one.kind is ClinicKind.EXAM) == (
        other.policy,
        other.policy_hours,
        other.kind is ClinicKind.EXAM,
    )


def _poster(facility: Facility, services: tuple[Service, ...], *, named: bool) -> Poster:
    first = services[0]
    exam = first.kind is ClinicKind.EXAM
    turns = [
        Turn(_hours(turn.opens, turn.ends), tuple(_rules(facility, turn.policy, exam=exam)))
        for turn in first.policy_hours
    ]
    heading = Words("Các giờ khác", "At all other times") if turns else None
    turns.append(Turn(heading, tuple(_rules(facility, first.policy, exam=exam))))
    names = tuple(service.name for service in services) if named else ()
    return Poster(facility.name, names, tuple(turns), tuple(_always(facility)))


def _hours(opens: int, ends: int) -> Words:
    return Words(f"Từ {_clock(opens)} đến {_clock(ends)}", f"From {_clock(opens)} to {_clock(ends)}")


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _rules(facility: Facility, policy: Policy, *, exam: bool) -> Iterator[Words]:
    yield from _rule(policy)
    one_in = policies.LEGAL_ONE_IN
    yield Words(
        f"Khi còn người thuộc diện ưu tiên đang chờ: cứ {one_in} lượt gọi có ít nhất 1 lượt dành cho họ.",
        f"While people with priority wait, at least 1 of any {one_in} calls is theirs.",
    )
    appointed = facility.appointments
    if exam and appointed.one_in:
        yield Words(
            f"Người có hẹn đến đúng giờ: cứ {appointed.one_in} lượt gọi có ít nhất 1 lượt dành cho họ,"
            f" tính từ {appointed.early} phút trước giờ hẹn. Trễ quá {appointed.late} phút thì chờ như người"
            " không có hẹn.",
            f"On time for an appointment: at least 1 of any {appointed.one_in} calls, from {appointed.early}"
            f" minutes before it on. More than {appointed.late} minutes late: as without one.",
        )
    if exam and policy.returning_one_in:
        yield Words(
            f"Người quay lại với kết quả: cứ {policy.returning_one_in} lượt gọi có ít nhất 1 lượt dành cho"
            " họ.",
            f"Back with results: at least 1 of any {policy.returning_one_in} calls.",
        )
    if exam and policy.results_first:
        yield Words(
            f"Trong {policy.results_first} phút cuối buổi, người quay lại với kết quả được gọi trước.",
            f"In the last {policy.results_first} minutes of a session, people with results go first.",
        )
    if policy.fasting_until:
        yield Words(
            f"Đến {_clock(policy.fasting_until)}, người phải nhịn ăn được tính như đến sớm hơn"
            f" {policy.fasting_minutes} phút.",
            f"Until {_clock(policy.fasting_until)}, who has to fast counts as having come"
            f" {policy.fasting_minutes} minutes earlier.",
        )
    if policy.overdue_after:
        yield Words(
            f"Ai đã chờ quá {policy.overdue_after} phút, không kể giờ nghỉ: cứ {policy.overdue_one_in} lượt"
            " gọi có ít nhất 1 lượt dành cho người chờ lâu nhất.",
            f"Waiting for more than {policy.overdue_after} minutes, breaks not counted: at least 1 of any"
            f" {policy.overdue_one_in} calls goes to whoever waits longest.",
        )
    bound = policies.kept(policy, appointed).bound
    yield Words(
        f"Không ai bị bỏ quên: cứ {bound} lượt gọi có ít nhất 1 lượt dành cho quý vị hoặc người đến trước quý"
        " vị.",
        f"Nobody is forgotten: at least 1 of any {bound} calls is for you or somebody who came before you.",
    )


def _rule(policy: Policy) -> Iterator[Words]:
    match policy.rule:
        case PriorityFirst(at_most=1):
            yield Words(
                "Người thuộc diện ưu tiên và người khác được gọi luân phiên, mỗi bên một người.",
                "People with priority and others are called in turn, one of each.",
            )
        case PriorityFirst(at_most=at_most):
            yield Words(
                f"Người thuộc diện ưu tiên được gọi trước, nhưng không quá {at_most} người liên tiếp khi còn"
                " người khác chờ.",
                f"People with priority go first, but no more than {at_most} in a row while others wait.",
            )
        case Ratio(ordinary=ordinary, priority=priority):
            yield Words(
                f"Gọi luân phiên: {priority} người thuộc diện ưu tiên, rồi {ordinary} người khác.",
                f"In turn: {priority} with priority, then {ordinary} of the others.",
            )
        case HeadStart(minutes=minutes):
            yield Words(
                f"Ai đến trước được gọi trước; người thuộc diện ưu tiên được tính như đến sớm hơn {minutes}"
                " phút.",
                f"First come, first called; people with priority count as having come {minutes} minutes"
                " earlier.",
            )
        case FirstCome():
            yield Words("Ai đến trước được gọi trước.", "First come, first called.")
        case Accumulating():
            yield from _points(policy.rule)


def _points(rule: Accumulating) -> Iterator[Words]:
    yield Words(
        "Ai có nhiều điểm nhất được gọi trước; càng chờ lâu càng nhiều điểm.",
        "Whoever has most points is called first; the longer the wait, the more points.",
    )
    for called, who in _WHO.items():
        offset, gain = rule.offsets.get(called, 0), rule.gains.get(called, 100)
        if offset or called in rule.gains or called is CalledAs.ORDINARY:
            vi, en = f"{who.vi[0].upper()}{who.vi[1:]}", f"{who.en[0].upper()}{who.en[1:]}"
            yield Words(
                f"{vi}: {offset} điểm lúc đến và {gain} điểm cho mỗi 100 phút chờ.",
                f"{en}: {offset} points on arrival and {gain} for each 100 minutes.",
            )


def _always(facility: Facility) -> Iterator[Words]:
    """What holds under every policy."""
    first, *later = facility.ages
    yield Words(
        f"Diện ưu tiên: trẻ dưới {first.child} tuổi, người từ đủ {first.elder} tuổi, phụ nữ có"
        " thai, người khuyết tật nặng và đặc biệt nặng, người có công với cách mạng (Luật 15/2023/QH15,"
        " Điều 3).",
        f"Priority: children under {first.child}, people of {first.elder} and more, pregnant"
        " women, severely disabled people, people with merit to the revolution (Law 15/2023/QH15,"
        " article 3).",
    )
    for ages in later:
        day = date.fromisoformat(ages.since)
        yield Words(
            f"Từ ngày {day:%d/%m/%Y}: trẻ dưới {ages.child} tuổi, người từ đủ {ages.elder} tuổi.",
            f"From {day:%d/%m/%Y}: children under {ages.child}, people of {ages.elder} and more.",
        )
    missed = facility.missed
    yield Words(
        f"Lỡ lượt sau {missed.calls} lần gọi: quay lại trong {missed.soft // MINUTE} phút thì được gọi sau"
        f" {missed.soft_after} lượt nữa, muộn hơn thì sau {missed.hard_after} lượt.",
        f"Missed after {missed.calls} calls: back within {missed.soft // MINUTE} minutes, your turn is after"
        f" {missed.soft_after} more; later, after {missed.hard_after}.",
    )
    yield Words(
        "Mỗi lượt gọi ngoài thứ tự đều được ghi lại cùng lý do.",
        "Every call out of order is recorded with its reason.",
    )


FIRST = Words("Cấp cứu luôn được gọi trước tất cả.", "Emergencies always go before everybody.")
"""The first rule of every poster: no policy has a number for it."""
TITLE = Words("Thứ tự gọi", "Who is called next")
