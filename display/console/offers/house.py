"""What concerns all halls: for a head nurse or the IT."""

from collections.abc import Iterable

from display import texts
from display.console import words
from display.console.desk import Desk, of
from display.console.offers.asked import (
    NEWS_MINUTES,
    alert_words,
    moment_of,
    moments,
    reasons_of,
    services_in_order,
    why,
)
from display.console.offers.values import Offer, Option, Pick
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import (
    AlertKind,
    Notice,
    ReasonKind,
)
from queue_server.protocol.commands import Command
from queue_server.protocol.rows import (
    FacilityCard,
    HallCard,
    HallNotice,
)


def of_the_house(desk: Desk) -> Iterable[Offer]:
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
        Option(alert.alert, alert_words(desk, alert))
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
                (*moments(desk, NEWS_MINUTES), Option("", desk.say(words.UNTIL_ENDED))),
            ),
        ),
        lambda answers: commands.Announce(
            notice=Notice(answers[0][0]), hall=answers[1][0] or None, until=moment_of(answers[2][0])
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
    services = services_in_order(desk)
    everything = Option("", desk.say(words.WHOLE_HOUSE))
    open_ = (
        *((everything,) if whole is not None and not whole.intake else ()),
        *(Option(row.service, desk.say(row.name)) for row in services if not row.intake),
    )
    stopped = (
        *((everything,) if whole is not None and whole.intake else ()),
        *(Option(row.service, desk.say(row.name)) for row in services if row.intake),
    )
    reasons = reasons_of(desk, ReasonKind.INTAKE)
    if open_ and reasons:
        yield Offer(
            Action.STOP_INTAKE,
            "",
            (Pick(desk.say(words.STOP_WHAT), open_), Pick(why(desk, Action.STOP_INTAKE, ""), reasons)),
            lambda answers: commands.StopIntake(reason=answers[1][0], service=answers[0][0] or None),
        )
    if stopped:
        yield Offer(
            Action.REOPEN_INTAKE,
            "",
            (Pick(desk.say(words.REOPEN_WHAT), stopped),),
            lambda answers: commands.ReopenIntake(service=answers[0][0] or None),
        )
