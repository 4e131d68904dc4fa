"""What concerns the whole house: intake, announcements, alerts, the clock."""

from queue_server.engine.alerts import tell
from queue_server.engine.decide.checks import reject, unknown_service, wrong_reason
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.emergencies import pass_on_at_once, raise_emergency, withdraw
from queue_server.engine.events import AlertChanged, Announced, ClockAccepted, IntakeChanged
from queue_server.engine.model import Actor, AlertState, Announcement
from queue_server.protocol.codes import AlertKind, ReasonKind, Refusal, Role
from queue_server.protocol.commands import (
    AcceptClock,
    AcknowledgeAlert,
    Announce,
    EscalateAlert,
    PrinterWorks,
    RaiseAlert,
    ReopenIntake,
    StopIntake,
    WithdrawAlert,
)
from queue_server.protocol.printers import PAPER_LOW, SEEN_TO, trouble_of
from queue_server.protocol.results import AlertKnown, Done
from queue_server.protocol.values import replaced


def stop_intake(draft: Draft, command: StopIntake) -> Done | Rejection:
    """Take no new visits, for one service or the whole facility."""
    refused = unknown_service(draft, command.service) or wrong_reason(
        draft, command.reason, ReasonKind.INTAKE
    )
    if refused is not None:
        return refused
    service = command.service or ""
    if draft.day.intake_stopped.get(service) != command.reason:
        draft.emit(IntakeChanged(service, command.reason))
    return Done()


def reopen_intake(draft: Draft, command: ReopenIntake) -> Done | Rejection:
    """Take new visits again."""
    refused = unknown_service(draft, command.service)
    if refused is not None:
        return refused
    service = command.service or ""
    if service in draft.day.intake_stopped:
        draft.emit(IntakeChanged(service, ""))
    return Done()


def announce(draft: Draft, command: Announce) -> Done | Rejection:
    """Show a template in a hall or in all; `until` in the past ends the one that is shown."""
    hall = command.hall or ""
    if hall and hall not in draft.facility.halls:
        return reject(Refusal.UNKNOWN_HALL, hall=hall)
    if command.until is not None and command.until <= draft.now:
        if hall in draft.day.announcements:
            draft.emit(Announced(hall, None))
        return Done()
    draft.emit(Announced(hall, Announcement(command.notice, hall, draft.now, command.until or 0)))
    return Done()


def raise_alert(draft: Draft, command: RaiseAlert) -> AlertKnown | Done:
    """Raise an alert; one that says the same and is not yet acknowledged is enough."""
    if command.kind is AlertKind.EMERGENCY:
        return AlertKnown(alert=raise_emergency(draft, command.subject, command.pressed_at))
    tell(draft, command.kind, command.subject, command.detail or "")
    return Done()


def printer_works(draft: Draft, command: PrinterWorks) -> Done:
    """Close what nobody need come for any more: who refilled a printer seldom says so, its device does."""
    for alert in draft.day.alerts.values():
        if alert.kind is AlertKind.PRINTER and alert.subject == draft.device:
            trouble = trouble_of(alert.detail)
            refilled = trouble.what == PAPER_LOW and not command.paper_low
            if trouble.spare is command.spare and (refilled or trouble.what in SEEN_TO):
                _acknowledge(draft, alert)
    return Done()


def withdraw_alert(draft: Draft, command: WithdrawAlert) -> Done | Rejection:
    """Take back an emergency where it was raised; doing it twice changes nothing."""
    alert = draft.day.alerts.get(command.alert)
    if alert is None or alert.kind is not AlertKind.EMERGENCY or alert.subject != draft.device:
        return reject(Refusal.UNKNOWN_ALERT, alert=command.alert)
    withdraw(draft, alert)
    return Done()


def escalate_alert(draft: Draft, command: EscalateAlert) -> Done | Rejection:
    """Pass an emergency on; one that went on or was answered meanwhile stays as it is."""
    alert = draft.day.alerts.get(command.alert)
    if alert is None:
        return reject(Refusal.UNKNOWN_ALERT, alert=command.alert)
    pass_on_at_once(draft, alert, command.escalated)
    return Done()


def acknowledge(draft: Draft, command: AcknowledgeAlert, actor: Actor) -> Done | Rejection:
    """Somebody is seeing to an alert; doing it twice changes nothing. A clock that jumped stays doubted until
    `accept_clock`: to see to it is not to say that it is right. The link to the HIS takes back its own."""
    alert = draft.day.alerts.get(command.alert)
    foreign = actor.role is Role.INTEGRATION and alert is not None and alert.kind is not AlertKind.HIS
    if alert is None or foreign:
        return reject(Refusal.UNKNOWN_ALERT, alert=command.alert)
    _acknowledge(draft, alert)
    return Done()


def accept_clock(draft: Draft, command: AcceptClock) -> Done | Rejection:
    """A person says that the wall clock is right again."""
    alert = draft.day.alerts.get(command.alert)
    if alert is None or alert.kind is not AlertKind.CLOCK_JUMPED:
        return reject(Refusal.UNKNOWN_ALERT, alert=command.alert)
    _acknowledge(draft, alert)
    if draft.day.clock_doubt:
        draft.emit(ClockAccepted(alert.id))
    return Done()


def _acknowledge(draft: Draft, alert: AlertState) -> None:
    if alert.part.is_open:
        now = replaced(alert.part, acknowledged_by=draft.device, acknowledged_at=draft.now)
        draft.emit(AlertChanged(alert.id, alert.part, now))
