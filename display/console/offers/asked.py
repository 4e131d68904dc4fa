"""What several offers ask: reasons, services, moments."""

from collections.abc import Iterable

from display import texts
from display.console import words
from display.console.desk import Desk, of
from display.console.needs import needs
from display.console.offers.values import Option
from display.console.words import ACTIONS, Action
from queue_server.protocol.codes import (
    ClinicKind,
    ClinicState,
    ReasonKind,
    Role,
)
from queue_server.protocol.rows import (
    Alert,
    ClinicCard,
    FacilityReason,
    FacilityService,
)

HOLD_MINUTES = (5, 10, 15, 20, 30, 45, 60)
NEWS_MINUTES = (10, 15, 20, 30, 45, 60, 90)
AWAY_MINUTES = (10, 20, 30, 60, 120)
MINUTE = 60_000
CALLING = (ClinicState.OPEN, ClinicState.DRAINING)
OVER_ALL = (Role.SUPERVISOR, Role.ADMIN)


def reasons_of(desk: Desk, kind: ReasonKind) -> tuple[Option, ...]:
    """The site's coded reasons of one kind."""
    return tuple(
        Option(row.reason, desk.say(row.label))
        for row in of(FacilityReason, desk.facility)
        if row.kind is kind
    )


def call_reasons(desk: Desk, card: ClinicCard) -> tuple[Option, ...]:
    """Why somebody may be called out of order, with how often this session was used up so far."""
    rows = [row for row in of(FacilityReason, desk.facility) if row.kind is ReasonKind.CALL]
    return tuple(
        Option(row.reason, _with_quota(desk, row, card.courtesy.get(row.reason, 0)))
        for row in rows
        if not row.quota or card.courtesy.get(row.reason, 0) < row.quota
    )


def _with_quota(desk: Desk, row: FacilityReason, used: int) -> str:
    label = desk.say(row.label)
    return desk.say(words.QUOTA, reason=label, used=used, quota=row.quota) if row.quota else label


def services_in_order(desk: Desk) -> list[FacilityService]:
    """All services, those that are ordered most first."""
    kinds = (
        ClinicKind.SAMPLING,
        ClinicKind.IMAGING,
        ClinicKind.EXAM,
        ClinicKind.VITALS,
        ClinicKind.CASHIER,
        ClinicKind.APPROVAL,
        ClinicKind.PHARMACY,
        ClinicKind.INFORMATION,
        ClinicKind.RECEPTION,
    )
    return sorted(of(FacilityService, desk.facility), key=lambda row: kinds.index(row.kind))


def why(desk: Desk, action: Action, sign: str) -> str:
    """The question for a coded reason."""
    return desk.say(words.WHICH_REASON, what=desk.say(ACTIONS[action]), sign=sign or " ").replace("  ", "")


def moments(desk: Desk, minutes: Iterable[int]) -> tuple[Option, ...]:
    """Times from now, rounded up to five minutes where that is far enough."""
    options = []
    for count in minutes:
        at = desk.now + count * MINUTE
        at += -at % (5 * MINUTE) if count >= 10 else 0
        left = (at - desk.now + MINUTE // 2) // MINUTE
        options.append(Option(str(at), desk.say(words.IN_MINUTES, time=desk.time(at), n=left)))
    return tuple(options)


def moment_of(answer: str) -> int | None:
    """The moment of an answer, None when it names none."""
    return int(answer) if answer else None


def alert_words(desk: Desk, alert: Alert) -> str:
    """An alert in one line."""
    said = needs(desk, alert, desk.place(alert.subject))
    said = said or f"{desk.say(texts.ALERTS[alert.kind])} – {desk.place(alert.subject)}"
    return f"{desk.since(alert.at)} {said}"
