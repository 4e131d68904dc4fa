"""Is this the patient, what are they here for, and what if that is full."""

from kiosk.identity import Phone, masked
from kiosk.journey.catalogue import is_open
from kiosk.journey.choosing import appointment_code
from kiosk.journey.values import (
    Act,
    AskReferral,
    Check,
    ChooseExam,
    ChooseRoute,
    Full,
    OneMore,
    TakeExam,
    TakeRoute,
    Told,
)
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.aid import aid, flag, more_help, ticked
from kiosk.screens.pages.appointment import appointed, came
from kiosk.screens.pages.layout import listed, numbered, paired
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.codes import Help
from queue_server.protocol.rows import CatalogueService


def check(tell: Telling, stage: Check) -> Page:
    """Is this the patient? Given name in full, birth year, the last three digits."""
    words = tell.words
    if stage.recall.agreed:
        return Page("recall", words.please_wait)
    if stage.asks_help:
        return aid(tell, stage.help)
    facts = _known(tell, stage)
    is_told = isinstance(stage.person, Told)
    title = words.check_told if is_told else words.check_title
    lines: tuple[Line, ...] = ()
    booked = stage.recall.booked
    if booked is not None and appointment_code(stage) is not None:
        # A paper shows no name to check: what it is for has to do.
        said = words.booked.format(time=tell.clock(booked.at), service=tell.label(booked.service))
        title, facts = words.booked_title, ((words.booked_fact, said),)
        lines = came(tell, booked.punctuality)
    elif booked is not None:
        lines = (appointed(tell, booked.at, booked.service),)
    if tell.size.is_tall or tell.size.body_rows >= _ROOM_FOR_NOTICE:
        lines = (*lines, Line(words.notice_line, Voice.QUIET))
    if stage.priority:
        # What to show at the desk is worth more than all else, where there is one line.
        papers = Line(words.priority_papers, Voice.BAND)
        lines = (*lines, papers) if tell.size.is_tall else (papers,)
    answers = (
        Option(words.check_yes, Act.AGREE, Tone.MAIN),
        Option(words.check_change if is_told else words.check_no, Act.BACK),
    )
    return Page("check", title, lines, numbered((answers, *_needs(tell, stage))), facts=facts)


def _needs(tell: Telling, stage: Check) -> tuple[tuple[Option, ...], ...]:
    """Priority, where the site takes their word for it; help, the commonest by one tap; and the notice."""
    words = tell.words
    claim: tuple[Option, ...] = ()
    if tell.world.catalogue.declares:
        tone = Tone.ON if stage.priority else Tone.OFF
        claim = (Option(ticked(words.priority, is_on=stage.priority), Act.PRIORITY, tone),)
    notice = Option(words.notice_why, Act.NOTICE)
    if tell.is_small:
        return ((*claim, more_help(tell, stage.help), notice),)
    beside = (Help.HEARING,)
    names = words.aid if tell.size.is_tall else words.aid_short
    flags = tuple(flag(names[kind], kind, stage.help) for kind in beside)
    options = (*claim, *flags, more_help(tell, stage.help, beside), notice)
    return paired(options) if tell.size.is_tall else (options,)


_ROOM_FOR_NOTICE = 12
"""Rows from which a line of the notice has room; without it there is its button."""


def _known(tell: Telling, stage: Check) -> tuple[tuple[str, str], ...]:
    """What the patient recognises themselves by: what was told in full, of cards as little as will do."""
    words, person = tell.words, stage.person
    if isinstance(person, Told):
        born = "/".join(reversed(person.birth.iso.split("-")))
        return ((words.check_name, person.name), (words.check_born, born))
    shown = masked(person)
    digits = words.check_phone if isinstance(person, Phone) else words.check_digits
    known = (
        (words.check_name, shown.given_name),
        (words.check_year, shown.birth_year),
        (digits, shown.last_three),
    )
    return tuple((what, str(fact)) for what, fact in known if fact is not None)


def routes(tell: Telling, stage: ChooseRoute) -> Page:
    """What they are here for, and who pays."""
    options = [
        Option(tell.label(route.label), TakeRoute(route.route), Tone.MAIN)
        for route in tell.world.catalogue.personal_routes
    ]
    return Page("route", tell.words.route_title, (), tell.arranged(options, rows_taken=1, turned=stage.page))


def referral(tell: Telling, stage: AskReferral) -> Page:
    """What sends an insured patient here who is registered elsewhere."""
    words, said = tell.words, stage.said
    slips = (
        (words.referral_transfer, Act.TRANSFER, said.transfer),
        (words.referral_revisit, Act.REVISIT, said.revisit),
    )
    toggles = [
        Option(ticked(name, is_on=is_on), act, Tone.ON if is_on else Tone.OFF) for name, act, is_on in slips
    ]
    has_any = said.transfer or said.revisit
    done = Option(words.type_done if has_any else words.referral_none, Act.AGREE, Tone.MAIN)
    rows = listed((*toggles, done)) if tell.size.is_tall else (tuple(toggles), (done,))
    return Page("referral", words.referral_title, (Line(words.referral_hint),), numbered(rows))


def exams(tell: Telling, stage: ChooseExam) -> Page:
    """Which exam; not sure is an answer too."""
    options = [
        Option(
            _offer(tell, service),
            TakeExam(service.service),
            Tone.MAIN if is_open(service) else Tone.PLAIN,
            initial=service.initial,
        )
        for service in tell.world.catalogue.exams
    ]
    unsure = Option(tell.words.exam_unsure, TakeExam(None), Tone.QUIET)
    return Page(
        "exam",
        tell.words.exam_title,
        (),
        tell.arranged(options, rows_taken=1, turned=stage.page, always=(unsure,)),
    )


def one_more(tell: Telling, stage: OneMore) -> Page:
    """Which exam to add to the visit."""
    options = [
        Option(tell.label(service.name), TakeExam(service.service), Tone.MAIN, initial=service.initial)
        for service in tell.world.catalogue.open_exams
    ]
    rows = tell.arranged(options, rows_taken=1, turned=stage.page)
    return Page("one-more", tell.words.visit_another_title, (), rows)


def _offer(tell: Telling, service: CatalogueService) -> str:
    """An exam by its name, and where its session is full, what can be had instead."""
    words, name = tell.words, tell.label(service.name)
    if is_open(service):
        return name
    if service.stopped or service.later_at is None:
        return words.exam_full.format(service=name)
    return words.exam_later.format(service=name, time=tell.clock(service.later_at))


def full(tell: Telling, stage: Full) -> Page:
    """What can be had instead of a session that is full."""
    words = tell.words
    wanted = stage.register.service
    service = tell.world.catalogue.service(wanted) if wanted is not None else None
    title = words.full_title
    stops = service is not None and (service.stopped or service.closed)
    if service is not None:
        # Who is stopped may begin again today.
        shut = words.stops_today if service.closed else words.stopped_now
        title = (shut if stops else words.full_of).format(service=tell.label(service.name))
    options = [Option(words.full_desk, TakeExam(None), Tone.PLAIN)]
    line = Line(words.full_none)
    if stage.later_at is not None and not stops:
        afternoon = tell.world.catalogue.local(stage.later_at).hour >= 12
        words_for = words.full_afternoon if afternoon else words.full_later
        options.insert(0, Option(words_for.format(time=tell.clock(stage.later_at)), Act.LATER, Tone.MAIN))
        line = Line(words.full_hint)
    return Page("full", title, (line,), numbered(listed(options)))
