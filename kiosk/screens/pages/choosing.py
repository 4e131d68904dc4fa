"""Is this the patient, what are they here for, and what if that is full."""

from kiosk.identity import HospitalCode, Phone, masked
from kiosk.journey.values import Act, Check, ChooseExam, ChooseRoute, Full, TakeExam, TakeRoute
from kiosk.screens.page import Line, Option, Page, Tone
from kiosk.screens.pages.appointment import appointed, came
from kiosk.screens.pages.layout import listed, numbered
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.rows import CatalogueService


def check(tell: Telling, stage: Check) -> Page:
    """Is this the patient? Given name in full, birth year, the last three digits."""
    words, shown = tell.words, masked(stage.person)
    if stage.recall.agreed:
        return Page("recall", words.please_wait)
    digits = words.check_phone if isinstance(stage.person, Phone) else words.check_digits
    known = (
        (words.check_name, shown.given_name),
        (words.check_year, shown.birth_year),
        (digits, shown.last_three),
    )
    facts = tuple((what, str(fact)) for what, fact in known if fact is not None)
    title = words.check_title
    lines: tuple[Line, ...] = ()
    booked = stage.recall.booked
    if booked is not None and isinstance(stage.person, HospitalCode):
        # A paper shows no name to check: what it is for has to do.
        said = words.booked.format(time=tell.clock(booked.at), service=tell.label(booked.service))
        title, facts = words.booked_title, ((words.booked_fact, said),)
        lines = came(tell, booked.punctuality)
    elif booked is not None:
        lines = (appointed(tell, booked.at, booked.service),)
    tick = "■" if stage.priority else "□"
    rows = (
        (Option(words.check_yes, Act.AGREE, Tone.MAIN), Option(words.check_no, Act.BACK)),
        (
            Option(
                f"{tick} {words.priority_papers if stage.priority else words.priority}",
                Act.PRIORITY,
                Tone.ON if stage.priority else Tone.OFF,
            ),
        ),
    )
    return Page("check", title, lines, numbered(rows), facts=facts)


def routes(tell: Telling, stage: ChooseRoute) -> Page:
    """What they are here for, and who pays."""
    options = [
        Option(tell.label(route.label), TakeRoute(route.route), Tone.MAIN)
        for route in tell.world.catalogue.personal_routes
    ]
    return Page("route", tell.words.route_title, (), tell.arranged(options, rows_taken=1, turned=stage.page))


def exams(tell: Telling, stage: ChooseExam) -> Page:
    """Which exam; not sure is an answer too."""
    options = [
        Option(_offer(tell, service), TakeExam(service.service), Tone.PLAIN if service.full else Tone.MAIN)
        for service in tell.world.catalogue.exams
    ]
    unsure = Option(tell.words.exam_unsure, TakeExam(None), Tone.QUIET)
    return Page(
        "exam",
        tell.words.exam_title,
        (),
        tell.arranged(options, rows_taken=1, turned=stage.page, always=(unsure,)),
    )


def _offer(tell: Telling, service: CatalogueService) -> str:
    """An exam by its name, and where its session is full, what can be had instead."""
    words, name = tell.words, tell.label(service.name)
    if not service.full:
        return name
    if service.later_at is None:
        return words.exam_full.format(service=name)
    return words.exam_later.format(service=name, time=tell.clock(service.later_at))


def full(tell: Telling, stage: Full) -> Page:
    """What can be had instead of a session that is full."""
    words = tell.words
    wanted = stage.register.service
    service = tell.world.catalogue.service(wanted) if wanted is not None else None
    title = words.full_title
    if service is not None:
        title = words.full_of.format(service=tell.label(service.name))
    options = [Option(words.full_desk, TakeExam(None), Tone.PLAIN)]
    line = Line(words.full_none)
    if stage.later_at is not None:
        afternoon = tell.world.catalogue.local(stage.later_at).hour >= 12
        words_for = words.full_afternoon if afternoon else words.full_later
        options.insert(0, Option(words_for.format(time=tell.clock(stage.later_at)), Act.LATER, Tone.MAIN))
        line = Line(words.full_hint)
    return Page("full", title, (line,), numbered(listed(options)))
