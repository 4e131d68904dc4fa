"""`catalogue` and `kiosk:` topics: what a kiosk may offer."""

from collections.abc import Iterable

from queue_server.engine import sessions
from queue_server.engine.decide import prints
from queue_server.engine.draft import Draft
from queue_server.engine.facility import EXAM_SLOT, Route, Service
from queue_server.engine.model import Day
from queue_server.engine.places import label, place_of_service
from queue_server.protocol import rows as row
from queue_server.protocol.codes import AlertKind, PrintState
from queue_server.protocol.rows import Row
from queue_server.views.devices import alert_row


def catalogue_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The topic's rows; None when it has no such name."""
    if name:
        return None
    plan = day.facility
    return [
        row.CatalogueFacility(
            key="facility",
            name=label(plan.name),
            time_zone=plan.time_zone,
            ticket_url=plan.ticket_url,
            offline_place=place_of_service(Draft(day), plan.reception),
            offline_letter="K",
            texts_vi=plan.texts_vi,
            texts_en=plan.texts_en,
            codes=tuple(row.CodeShape(code.name, code.kind, code.pattern) for code in plan.codes),
            languages=plan.languages,
            emergency_place=label(plan.emergency.place) if plan.emergency.place is not None else None,
            day_ends=plan.day_ends,
            declares=not plan.declared_at_desk,
            insurance_code=plan.insurance_code,
        ),
        *(_catalogue_service(day, service) for service in plan.services.values()),
        *(
            row.CataloguePayer(
                key=f"payer:{payer.id}", payer=payer.id, label=label(payer.label), insured=payer.insured
            )
            for payer in plan.payers.values()
        ),
        *(_catalogue_route(day, route) for route in plan.routes.values()),
    ]


def _catalogue_service(day: Day, service: Service) -> row.CatalogueService:
    full = sessions.is_limited(day, service.id) and sessions.is_full(day, service.id, day.now)
    return row.CatalogueService(
        key=f"service:{service.id}",
        service=service.id,
        name=label(service.name),
        kind=service.kind,
        choosable=service.choosable,
        stopped=service.id in day.intake_stopped,
        full=full,
        later_at=sessions.later_start(day, service.id, day.now) if full else None,
        closed=sessions.is_over(day, service.id, day.now),
        initial=service.initial,
    )


def _catalogue_route(day: Day, route: Route) -> row.CatalogueRoute:
    first = route.steps[0]
    return row.CatalogueRoute(
        key=f"route:{route.id}",
        route=route.id,
        payer=route.payer,
        kind=route.kind,
        label=label(route.label),
        asks_service=EXAM_SLOT in route.steps,
        first=place_of_service(Draft(day), day.facility.reception if first == EXAM_SLOT else first),
        identified=route.identified,
    )


def kiosk_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The rows of one kiosk; None when the facility has no such kiosk."""
    plan = day.facility.kiosks.get(name)
    if plan is None:
        return None
    state = row.KioskState(
        key=name,
        ordinal=plan.ordinal,
        day=day.day,
        hall=plan.hall,
        intake=day.intake_stopped.get("", ""),
        hours=tuple(row.Opening(opens, ends) for opens, ends in plan.hours),
        series=day.series.get(plan.ordinal, 0),
        mode=plan.mode,
        card_route=plan.card_route,
    )
    return [state, *_held_back(day, name), *_emergency(day, name)]


def _emergency(day: Day, kiosk: str) -> Iterable[Row]:
    """The last emergency pressed at this kiosk: whoever stands there is told when somebody has seen it."""
    here = [a for a in day.alerts.values() if a.kind is AlertKind.EMERGENCY and a.subject == kiosk]
    return [alert_row(day, alert) for alert in here[-1:]]


def _held_back(day: Day, kiosk: str) -> Iterable[Row]:
    """Papers that this kiosk held back and may print now: the HIS took over their room, or did not."""
    draft = Draft(day)
    for name in day.unconfirmed:
        paper = day.prints[name]
        held_back = paper.device == kiosk and paper.pending_until and paper.part.state is PrintState.ISSUED
        if held_back and prints.is_settled(draft, paper.visit):
            ticket = prints.ticket(draft, paper.visit, name, paper.part.at, reprint=paper.reprint)
            yield row.PrintJob(key=f"print:{name}", print=name, ticket=ticket)
