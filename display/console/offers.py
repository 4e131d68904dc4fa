"""What a clinic's console may do now, as values. Pure.

Each offer has a key, its words, what has to be asked first, and the command that comes of the answers. A
command carries what the screen showed at that moment. What may not be done now is not offered.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from display import texts
from display.console import words
from display.console.desk import ASIDE, IN_HAND, OVER, WAITING, Desk, of, sign_of
from display.console.words import ACTIONS, KEYS, Action
from queue_server.protocol import commands
from queue_server.protocol.codes import (
    AlertKind,
    ClinicKind,
    ClinicState,
    Help,
    Lane,
    Language,
    Notice,
    PresenceKind,
    PrintState,
    ReasonKind,
    Result,
    Role,
    StepState,
)
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import (
    Alert,
    CatalogueRoute,
    ClinicCard,
    ClinicStep,
    FacilityCard,
    FacilityClinic,
    FacilityPractitioner,
    FacilityReason,
    FacilityService,
    HallCard,
    HallNotice,
    Row,
)

HOLD_MINUTES = (5, 10, 15, 20, 30, 45, 60)
NEWS_MINUTES = (10, 15, 20, 30, 45, 60, 90)
AWAY_MINUTES = (10, 20, 30, 60, 120)
MINUTE = 60_000


_CALLING = (ClinicState.OPEN, ClinicState.DRAINING)
_REGISTERS = (ClinicKind.RECEPTION, ClinicKind.INFORMATION)
_OVER_ALL = (Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. marked: chosen from the start, where several may be."""

    value: str
    label: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """Choose one of these."""

    title: str
    options: tuple[Option, ...]


def matching(options: Sequence[Option], typed: str) -> tuple[Option, ...]:
    """The options that have every typed word in them, with or without the accents."""
    wanted = _plain(typed).split()
    return tuple(option for option in options if all(word in _plain(option.label) for word in wanted))


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class PickMany:
    """Choose any of these. none: choosing nothing is an answer too."""

    title: str
    options: tuple[Option, ...]
    none: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """Type a line."""

    title: str


@dataclass(frozen=True, slots=True)
class Sure:
    """Confirm, or leave it."""

    title: str


Question = Pick | PickMany | Write | Sure
Answers = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Mistake:
    """The answers make no command; why, and what to do."""

    label: Label


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may be done now.

    about: the call sign it concerns, empty for the place itself. make: None for what only the screen does.
    finishes: the call sign whose turn ends on the way, empty for nobody's.
    """

    action: Action
    about: str = ""
    questions: tuple[Question, ...] = ()
    make: Callable[[Answers], Command | Mistake] | None = None
    label: Label | None = None
    finishes: str = ""

    @property
    def key(self) -> str:
        return KEYS[self.action]

    @property
    def words(self) -> Label:
        return self.label or ACTIONS[self.action]


def offers(desk: Desk) -> tuple[Offer, ...]:
    """What may be done now, in the order of the footer: the one in hand, the selected one, the place."""
    card = desk.card
    made: list[Offer] = []
    if card is not None:
        made += _calling(desk, card)
        made += _in_hand(desk, card)
        made += _selected(desk, card)
        made += _whole_visit(desk)
        made += _of_the_place(desk, card)
    if desk.role in _OVER_ALL:
        made += _of_the_house(desk)
    made += _always(desk)
    return tuple(made)


def _always(desk: Desk) -> Iterable[Offer]:
    if desk.alerts:
        options = tuple(Option(alert.alert, _alert_words(desk, alert)) for alert in desk.alerts)
        yield Offer(
            Action.ALERT,
            "",
            (Pick(desk.say(words.WHICH_ALERT), options),),
            lambda answers: commands.AcknowledgeAlert(alert=answers[0][0]),
        )
    yield Offer(Action.FIND)
    yield Offer(Action.CHOOSE)
    yield Offer(Action.LANGUAGE)
    yield Offer(Action.HELP)
    yield Offer(Action.QUIT)


def _alert_words(desk: Desk, alert: Alert) -> str:
    return f"{desk.time(alert.at)} {desk.say(texts.ALERTS[alert.kind])} – {alert.subject}"


def _calling(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    if card.state not in _CALLING:
        return
    after = _after(desk, card)
    label = None
    if after is not None and card.places > 1:
        label = Label(vi=f"Xong {sign_of(after)}, gọi tiếp", en=f"Finish {sign_of(after)}, call next")
    yield Offer(
        Action.CALL_NEXT,
        "",
        (),
        lambda _: commands.CallNext(clinic=card.key, after=after.key if after else None),
        label,
        sign_of(after) if after else "",
    )


def _after(desk: Desk, card: ClinicCard) -> ClinicStep | None:
    """Whom calling the next one finishes: nobody while a place is free, else the selected or the first in."""
    in_hand = desk.sections["hand"]
    if len(in_hand) < card.places:
        return None
    picked = [step for step in in_hand if step.key == desk.selected]
    found = picked or in_hand
    return found[0] if found else None


def _in_hand(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    step = desk.hand
    if step is None:
        return
    sign = sign_of(step)
    if step.state is StepState.CALLED:
        yield Offer(
            Action.RECALL, sign, (), lambda _: commands.Recall(step=step.key, times_called=step.times_called)
        )
        yield Offer(Action.START, sign, (), lambda _: commands.Start(step=step.key))
    yield Offer(Action.FINISH, sign, (), lambda _: commands.Finish(step=step.key))
    ends = _reasons(desk, ReasonKind.FINISH)
    if ends:
        yield Offer(
            Action.FINISH_AS,
            sign,
            (Pick(_why(desk, Action.FINISH, sign), ends),),
            lambda answers: commands.Finish(step=step.key, end=answers[0][0]),
        )
    if step.state is StepState.CALLED and step.times_called >= 2:
        yield absent(step)
    services = tuple(
        Option(row.service, desk.say(row.name)) for row in _services(desk) if row.service not in card.services
    )
    if services:
        yield Offer(
            Action.REFER,
            sign,
            (Pick(desk.say(words.WHICH_SERVICE, sign=sign), services),),
            lambda answers: commands.Refer(step=step.key, service=answers[0][0]),
        )


def absent(step: ClinicStep) -> Offer:
    """Nobody came. Offered after two calls; pressed before, the server says what is still missing."""
    return Offer(
        Action.ABSENT,
        sign_of(step),
        (),
        lambda _: commands.Absent(step=step.key, times_called=step.times_called),
    )


def _selected(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    step = desk.focus
    if step is None:
        if card.state in _CALLING and desk.chosen is None and card.next_step:
            yield Offer(Action.PREPARE, "", (), lambda _: commands.Prepare(clinic=card.key))
        return
    sign = sign_of(step)
    calls = card.state in _CALLING and desk.is_here(step) and not step.busy
    if calls and step.state is StepState.QUEUED:
        yield Offer(Action.PREPARE, sign, (), lambda _: commands.Prepare(clinic=card.key, step=step.key))
    if calls and step.state in (*WAITING, *ASIDE):
        reasons = _reasons(desk, ReasonKind.CALL)
        after = _after(desk, card)
        if reasons:
            yield Offer(
                Action.CALL_THIS,
                sign,
                (Pick(_why(desk, Action.CALL_THIS, sign), reasons),),
                lambda answers: commands.CallStep(
                    clinic=card.key, step=step.key, reason=answers[0][0], after=after.key if after else None
                ),
                finishes=sign_of(after) if after else "",
            )
    if step.state is StepState.HELD:
        yield Offer(Action.BACK, sign, (), lambda _: commands.Resume(step=step.key))
    if step.state is StepState.MISSED:
        yield Offer(Action.BACK, sign, (), lambda _: commands.Rejoin(step=step.key))
    if step.state in (*WAITING, *IN_HAND):
        times = (
            Option("", desk.say(words.UNTIL_READY)),
            *_moments(desk, HOLD_MINUTES),
        )
        yield Offer(
            Action.HOLD,
            sign,
            (Pick(desk.say(words.HOLD_HOW_LONG, sign=sign), times),),
            lambda answers: commands.Hold(step=step.key, until=_moment(answers[0][0])),
        )
    if step.state in (*WAITING, *ASIDE):
        yield from _transfer(desk, step)
    if step.gates and step.state not in OVER:
        yield from _gates(desk, step)
    if step.result is Result.PENDING:
        yield Offer(Action.RESULT, sign, (), lambda _: commands.ResultReady(step=step.key))


def _transfer(desk: Desk, step: ClinicStep) -> Iterable[Offer]:
    sign = sign_of(step)
    places = tuple(
        Option(row.clinic, f"{desk.say(row.name)} – {desk.say(words.WAITING, n=row.waiting)}")
        for row in sorted(of(FacilityClinic, desk.facility), key=lambda row: (row.waiting, row.key))
        if step.service in row.services
        and row.clinic != (step.clinic or desk.clinic)
        and row.state in (ClinicState.OPEN, ClinicState.PAUSED)
    )
    if places:
        yield Offer(
            Action.TRANSFER,
            sign,
            (Pick(desk.say(words.WHICH_CLINIC, sign=sign), places),),
            lambda answers: commands.Transfer(step=step.key, clinic=answers[0][0]),
        )


def _gates(desk: Desk, step: ClinicStep) -> Iterable[Offer]:
    sign = sign_of(step)
    if len(step.gates) == 1:
        gate = step.gates[0]
        yield Offer(
            Action.GATE,
            sign,
            (),
            lambda _: commands.OpenGate(step=step.key, gate=gate),
            texts.GATE_OPENS[gate],
        )
        return
    by_name = {gate.value: gate for gate in step.gates}
    options = tuple(Option(name, desk.say(texts.GATE_OPENS[gate])) for name, gate in by_name.items())
    yield Offer(
        Action.GATE,
        sign,
        (Pick(desk.say(words.WHICH_GATE, sign=sign), options),),
        lambda answers: commands.OpenGate(step=step.key, gate=by_name[answers[0][0]]),
    )


def _whole_visit(desk: Desk) -> Iterable[Offer]:
    """What concerns a visit rather than a turn: of the scanned visit, else of the step in focus."""
    step = desk.focus
    if step is not None:
        visit, sign, key = step.visit, sign_of(step), step.key
        helps: tuple[Help, ...] = step.help
        here = step if step.state in IN_HAND and desk.is_here(step) else None
    elif desk.chosen is not None:
        visit, sign, key, helps, here = desk.chosen.visit, desk.chosen.number, "", (), None
    else:
        return
    if desk.visit is not None and desk.visit.ended:
        yield Offer(Action.JOURNAL, sign)
        return
    missed = desk.chosen.missed if desk.chosen and step is None else None
    if missed:
        yield Offer(Action.BACK, sign, (), lambda _: commands.Rejoin(step=missed))
    yield from _orders(desk, visit, sign, here)
    yield Offer(
        Action.ATTACH,
        sign,
        (Write(desk.say(words.ROOM_AND_NUMBER, sign=sign)),),
        lambda answers: attach(desk, visit, answers[0][0]),
    )
    lanes = _reasons(desk, ReasonKind.LANE)
    if lanes:
        yield Offer(
            Action.LANE,
            sign,
            (
                Pick(
                    desk.say(words.WHICH_LANE, sign=sign),
                    tuple(Option(lane.value, desk.say(label)) for lane, label in texts.LANES.items()),
                ),
                Pick(_why(desk, Action.LANE, sign), lanes),
            ),
            lambda answers: commands.ChangeLane(visit=visit, lane=Lane(answers[0][0]), reason=answers[1][0]),
        )
    yield _presence(desk, visit, sign)
    yield Offer(
        Action.HELP_FLAGS,
        sign,
        (
            PickMany(
                desk.say(words.WHICH_HELP, sign=sign),
                tuple(
                    Option(flag.value, desk.say(label), flag in helps) for flag, label in texts.HELPS.items()
                ),
                none=True,
            ),
        ),
        lambda answers: commands.SetHelp(visit=visit, help=tuple(Help(value) for value in answers[0])),
    )
    cancels = _reasons(desk, ReasonKind.CANCEL)
    if cancels:
        whole = (Option("", desk.say(words.CANCEL_VISIT)),)
        scope = (Option(key, desk.say(words.CANCEL_STEP)), *whole) if key else whole
        yield Offer(
            Action.CANCEL,
            sign,
            (
                Pick(desk.say(words.CANCEL_WHAT, sign=sign), scope),
                Pick(_why(desk, Action.CANCEL, sign), cancels),
            ),
            lambda answers: commands.Cancel(visit=visit, reason=answers[1][0], step=answers[0][0] or None),
        )
    yield Offer(Action.REPRINT, sign)
    yield from _papers(desk, sign)
    yield Offer(Action.JOURNAL, sign)


def _papers(desk: Desk, sign: str) -> Iterable[Offer]:
    papers = tuple(
        Option(paper.print, f"{paper.number} – {desk.time(paper.at)} – {paper.kiosk}")
        for paper in desk.papers
        if paper.state is not PrintState.VOIDED
    )
    reasons = _reasons(desk, ReasonKind.VOID)
    if papers and reasons:
        yield Offer(
            Action.VOID,
            sign,
            (
                Pick(desk.say(words.WHICH_PAPER, sign=sign), papers),
                Pick(_why(desk, Action.VOID, sign), reasons),
            ),
            lambda answers: commands.VoidPrint(print=answers[0][0], reason=answers[1][0]),
        )


def _orders(desk: Desk, visit: str, sign: str, here: ClinicStep | None) -> Iterable[Offer]:
    services = tuple(
        Option(row.service, desk.say(row.name))
        for row in _services(desk)
        if here is None or row.service != here.service
    )
    if not services:
        return
    many = PickMany(desk.say(words.WHICH_ORDERS, sign=sign), services)
    if here is None:
        yield Offer(
            Action.ORDER,
            sign,
            (many,),
            lambda answers: commands.AddSteps(visit=visit, orders=_ordered(answers[0])),
        )
        return
    back = Pick(
        desk.say(words.COME_BACK),
        (Option("back", desk.say(words.BACK_HERE)), Option("", desk.say(words.NOT_BACK))),
    )
    yield Offer(
        Action.ORDER,
        sign,
        (many, back),
        lambda answers: commands.AddSteps(
            visit=visit, orders=_ordered(answers[0]), step=here.key, back=answers[1][0] == "back"
        ),
    )


def _ordered(services: Iterable[str]) -> tuple[commands.Order, ...]:
    return tuple(commands.Order(service=service) for service in services)


def _presence(desk: Desk, visit: str, sign: str) -> Offer:
    hall = desk.card.hall if desk.card else None
    options = (
        Option("here", desk.say(words.IS_HERE)),
        *(
            Option(str(at), desk.say(words.AWAY_UNTIL, time=desk.time(at)))
            for at in (desk.now + minutes * MINUTE for minutes in AWAY_MINUTES)
        ),
        Option("unknown", desk.say(words.NOT_KNOWN)),
    )

    def make(answers: Answers) -> Command:
        answer = answers[0][0]
        if answer == "here":
            return commands.SetPresence(visit=visit, presence=PresenceKind.HERE, hall=hall)
        if answer == "unknown":
            return commands.SetPresence(visit=visit, presence=PresenceKind.UNKNOWN)
        return commands.SetPresence(visit=visit, presence=PresenceKind.AWAY, until=int(answer))

    return Offer(Action.PRESENCE, sign, (Pick(desk.say(words.WHERE_IS, sign=sign), options),), make)


def _of_the_place(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
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
    pauses = _reasons(desk, ReasonKind.PAUSE)
    if card.state in _CALLING and pauses:
        news = (Option("", desk.say(words.NO_TIME)), *_moments(desk, NEWS_MINUTES))
        yield Offer(
            Action.PAUSE,
            "",
            (Pick(_why(desk, Action.PAUSE, ""), pauses), Pick(desk.say(words.NEWS_WHEN), news)),
            lambda answers: commands.PauseClinic(
                clinic=card.key, reason=answers[0][0], news_at=_moment(answers[1][0])
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
    at_desk = desk.role is Role.RECEPTION or (desk.role in _OVER_ALL and card.kind in _REGISTERS)
    if routes and at_desk:
        by_key = {route.route: route for route in routes}
        options = tuple(Option(route.route, desk.say(route.label)) for route in routes)
        yield Offer(
            Action.REGISTER,
            "",
            (Pick(desk.say(words.WHICH_ROUTE), options),),
            lambda answers: commands.Register(
                payer=by_key[answers[0][0]].payer, kind=by_key[answers[0][0]].kind
            ),
        )

    yield Offer(
        Action.EMERGENCY,
        "",
        (Sure(desk.say(words.SURE_EMERGENCY, clinic=desk.say(card.name))),),
        lambda _: commands.RaiseAlert(kind=AlertKind.EMERGENCY, subject=card.key),
    )


def _of_the_house(desk: Desk) -> Iterable[Offer]:
    """What concerns all halls: for a head nurse or the IT."""
    yield _announce(desk)
    told = tuple(
        Option(row.key.removeprefix("notice:"), f"{_hall(desk, row)}: {desk.say(texts.NOTICES[row.notice])}")
        for row in of(HallNotice, desk.facility)
        if row.until is None or row.until > desk.now
    )
    if told:
        yield Offer(
            Action.UNANNOUNCE,
            "",
            (Pick(desk.say(words.WHICH_ANNOUNCEMENT), told),),
            lambda answers: _unannounce(desk, answers[0][0]),
        )
    yield from _intake(desk)
    jumps = tuple(
        Option(alert.alert, _alert_words(desk, alert))
        for alert in desk.alerts
        if alert.kind is AlertKind.CLOCK_JUMPED
    )
    if jumps:
        yield Offer(
            Action.CLOCK,
            "",
            (Pick(desk.say(words.SURE_CLOCK, time=desk.time(desk.now)), jumps),),
            lambda answers: commands.AcceptClock(alert=answers[0][0]),
        )


def _announce(desk: Desk) -> Offer:
    halls = (
        Option("", desk.say(words.ALL_HALLS)),
        *(
            Option(row.key.removeprefix("hall:"), f"{desk.say(row.name)} – {desk.say(row.floor)}")
            for row in of(HallCard, desk.facility)
        ),
    )
    return Offer(
        Action.ANNOUNCE,
        "",
        (
            Pick(
                desk.say(words.WHICH_WORDS),
                tuple(Option(notice.value, desk.say(label)) for notice, label in texts.NOTICES.items()),
            ),
            Pick(desk.say(words.WHICH_HALL), halls),
            Pick(
                desk.say(words.UNTIL_WHEN),
                (*_moments(desk, NEWS_MINUTES), Option("", desk.say(words.UNTIL_ENDED))),
            ),
        ),
        lambda answers: commands.Announce(
            notice=Notice(answers[0][0]), hall=answers[1][0] or None, until=_moment(answers[2][0])
        ),
    )


def _hall(desk: Desk, notice: HallNotice) -> str:
    row = desk.facility.get(notice.key.replace("notice:", "hall:", 1))
    return desk.say(row.name) if isinstance(row, HallCard) else desk.say(words.ALL_HALLS)


def _unannounce(desk: Desk, hall: str) -> Command:
    row = desk.facility.get(f"notice:{hall}")
    notice = row.notice if isinstance(row, HallNotice) else Notice.FOLLOW_STAFF
    return commands.Announce(notice=notice, hall=hall or None, until=0)


def _intake(desk: Desk) -> Iterable[Offer]:
    whole = next(iter(of(FacilityCard, desk.facility)), None)
    services = _services(desk)
    everything = Option("", desk.say(words.WHOLE_HOUSE))
    open_ = (
        *((everything,) if whole is not None and not whole.intake else ()),
        *(Option(row.service, desk.say(row.name)) for row in services if not row.intake),
    )
    stopped = (
        *((everything,) if whole is not None and whole.intake else ()),
        *(Option(row.service, desk.say(row.name)) for row in services if row.intake),
    )
    reasons = _reasons(desk, ReasonKind.INTAKE)
    if open_ and reasons:
        yield Offer(
            Action.STOP_INTAKE,
            "",
            (Pick(desk.say(words.STOP_WHAT), open_), Pick(_why(desk, Action.STOP_INTAKE, ""), reasons)),
            lambda answers: commands.StopIntake(reason=answers[1][0], service=answers[0][0] or None),
        )
    if stopped:
        yield Offer(
            Action.REOPEN_INTAKE,
            "",
            (Pick(desk.say(words.REOPEN_WHAT), stopped),),
            lambda answers: commands.ReopenIntake(service=answers[0][0] or None),
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


def attach(desk: Desk, visit: str, text: str) -> Command | Mistake:
    """The command for what a clerk typed: a room, and the HIS's number in that room if there is one."""
    room, _, number = text.strip().partition(" ")
    places = [row for row in of(FacilityClinic, desk.facility) if row.room.casefold() == room.casefold()]
    places.sort(key=lambda row: (row.kind is not ClinicKind.EXAM, row.key))
    if not room or not places:
        return Mistake(texts.fill(words.NO_SUCH_ROOM, {"room": room}))
    sign = number.strip().upper()
    if len(sign) > 12:
        return Mistake(words.SIGN_TOO_LONG)
    place = places[0]
    return commands.Attach(
        visit=visit,
        clinic=place.clinic,
        service=place.services[0] if len(place.services) == 1 else None,
        call_sign=sign or None,
    )


def _reasons(desk: Desk, kind: ReasonKind) -> tuple[Option, ...]:
    return tuple(
        Option(row.reason, desk.say(row.label))
        for row in of(FacilityReason, desk.facility)
        if row.kind is kind
    )


def _services(desk: Desk) -> list[FacilityService]:
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


def _why(desk: Desk, action: Action, sign: str) -> str:
    return desk.say(words.WHICH_REASON, what=desk.say(ACTIONS[action]), sign=sign or " ").replace("  ", "")


def _moments(desk: Desk, minutes: Iterable[int]) -> tuple[Option, ...]:
    """Times from now, rounded up to five minutes where that is far enough."""
    options = []
    for count in minutes:
        at = desk.now + count * MINUTE
        at += -at % (5 * MINUTE) if count >= 10 else 0
        left = (at - desk.now + MINUTE // 2) // MINUTE
        options.append(Option(str(at), desk.say(words.IN_MINUTES, time=desk.time(at), n=left)))
    return tuple(options)


def _moment(answer: str) -> int | None:
    return int(answer) if answer else None
