"""What concerns the place itself: opening, pausing, who works here, a new number."""

from collections.abc import Collection, Iterable, Mapping

from display import texts
from display.console import words
from display.console.desk import Desk, of
from display.console.offers.asked import CALLING, NEWS_MINUTES, OVER_ALL, moment_of, moments, reasons_of, why
from display.console.offers.persons import arrivals
from display.console.offers.values import Answers, Offer, Option, Pick, Sure
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import (
    AlertKind,
    ClinicKind,
    ClinicState,
    Language,
    ReasonKind,
    Role,
)
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import (
    CatalogueRoute,
    ClinicCard,
    FacilityClinic,
    FacilityPractitioner,
    Row,
)

_REGISTERS = (ClinicKind.RECEPTION, ClinicKind.INFORMATION)


def of_the_place(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    """Opening, pausing, closing, who works here, a new number, undoing."""
    if card.act:
        done = (
            words.ACTS.get(card.act_change)
            or texts.named(texts.STEP_CHANGES, card.act_change)
            or texts.named(texts.VISIT_CHANGES, card.act_change)
        )
        told = Label(vi=f"Hoàn tác {card.act_sign}", en=f"Undo {card.act_sign}")
        if done is not None:
            told = Label(vi=f"Hoàn tác «{done.vi} {card.act_sign}»", en=f"Undo “{done.en} {card.act_sign}”")
        yield Offer(Action.UNDO, "", (), lambda _: commands.Undo(clinic=card.key, act=card.act), told)
    if card.state is not ClinicState.OPEN:
        yield Offer(Action.OPEN, "", (), lambda _: commands.OpenClinic(clinic=card.key))
    pauses = reasons_of(desk, ReasonKind.PAUSE)
    if card.state in CALLING and pauses:
        news = (Option("", desk.say(words.NO_TIME)), *moments(desk, NEWS_MINUTES))
        yield Offer(
            Action.PAUSE,
            "",
            (Pick(why(desk, Action.PAUSE, ""), pauses), Pick(desk.say(words.NEWS_WHEN), news)),
            lambda answers: commands.PauseClinic(
                clinic=card.key, reason=answers[0][0], news_at=moment_of(answers[1][0])
            ),
        )
    if card.state in (ClinicState.OPEN, ClinicState.PAUSED):
        yield Offer(Action.DRAIN, "", (), lambda _: commands.DrainClinic(clinic=card.key))
    if card.state is not ClinicState.CLOSED:
        yield Offer(
            Action.CLOSE,
            "",
            (Sure(desk.say(words.SURE_CLOSE, clinic=desk.say(card.name))),),
            lambda _: commands.CloseClinic(clinic=card.key),
        )
    yield from _sign(desk, card)
    routes = tuple(of(CatalogueRoute, desk.catalogue))
    at_desk = desk.role is Role.RECEPTION or (desk.role in OVER_ALL and card.kind in _REGISTERS)
    if at_desk:
        yield from arrivals(desk, routes)
    yield Offer(
        Action.EMERGENCY,
        "",
        (Sure(desk.say(words.SURE_EMERGENCY, clinic=desk.say(card.name))),),
        lambda _: commands.RaiseAlert(kind=AlertKind.EMERGENCY, subject=card.key),
    )


def _sign(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    options = (
        *(
            Option(f"off:{who}", desk.say(words.SIGN_OFF, name=desk.practitioner(who)))
            for who in card.practitioners
        ),
        *(
            Option(f"on:{option.value}", desk.say(words.SIGN_ON, name=option.label))
            for option in practitioners(desk)
        ),
    )

    def make(answers: Answers) -> Command:
        way, _, who = answers[0][0].partition(":")
        if way == "off":
            return commands.SignOff(clinic=card.key, practitioner=who)
        return commands.SignOn(clinic=card.key, practitioner=who)

    if options:
        title = desk.say(words.CHOOSE_PERSON, clinic=desk.say(card.name))
        yield Offer(Action.SIGN, "", (Pick(title, options),), make)


def practitioners(desk: Desk) -> tuple[Option, ...]:
    """Who could sign on here: those who work nowhere yet first."""
    known = [row for row in of(FacilityPractitioner, desk.facility) if row.clinic != desk.clinic]
    return tuple(
        Option(
            row.practitioner,
            desk.say(words.AT_CLINIC, name=row.name, clinic=desk.place(row.clinic))
            if row.clinic
            else row.name,
        )
        for row in sorted(known, key=lambda row: (bool(row.clinic), row.name))
    )


def clinic_options(
    facility: Mapping[str, Row], language: Language, mine: Collection[str] = ()
) -> tuple[Option, ...]:
    """The places to work at, by kind, then as the site file orders them. mine: no others; empty for all."""
    places = [row for row in of(FacilityClinic, facility) if not mine or row.clinic in mine]
    kinds = list(ClinicKind)
    return tuple(
        Option(
            row.clinic,
            " – ".join(
                part
                for part in (
                    texts.tell(row.name, language),
                    texts.tell(texts.CLINIC_STATES[row.state], language),
                    ", ".join(_name(facility, who) for who in row.practitioners),
                )
                if part
            ),
        )
        for row in sorted(places, key=lambda row: kinds.index(row.kind))
    )


def _name(facility: Mapping[str, Row], practitioner: str) -> str:
    row = facility.get(f"practitioner:{practitioner}")
    return row.name if isinstance(row, FacilityPractitioner) else practitioner
