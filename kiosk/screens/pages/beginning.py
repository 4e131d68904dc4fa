"""Before anybody is known: who is the patient, the scan, typed digits, numbers without a card."""

from collections.abc import Sequence

from rich.cells import cell_len

from kiosk.identity import Why
from kiosk.journey.values import Act, Begin, ForWhom, Scan, Speak, TakeNumber, Typing, Welcome, Who
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages import steward
from kiosk.screens.pages.layout import Size, listed, numbered, paired
from kiosk.screens.pages.telling import Telling
from kiosk.texts import SENTENCES
from queue_server.protocol.codes import KioskMode, Language
from queue_server.protocol.rows import CatalogueRoute


def welcome(tell: Telling) -> Page:
    """Nobody is here yet, or the kiosk does not know yet what it may offer."""
    words = tell.words
    if tell.world.catalogue.facility is None:
        return Page("closed", words.closed_title, (Line(words.closed_text),), back=False)
    if tell.world.refused:
        return Page("closed", words.refused_here_title, (Line(words.refused_here_text),), back=False)
    if tell.world.mode is KioskMode.STEWARD:
        return steward.routes(tell)
    if tell.world.mode is KioskMode.NUMBERS:
        return one_tap(tell)
    start = _starts(tell)
    rows = listed(start) if tell.size.is_tall else (start,)
    if tell.world.catalogue.open_routes:
        rows = (*rows, (Option(words.no_card, Act.NUMBERS, Tone.PLAIN, "3"),))
    return Page(
        "welcome",
        words.welcome_title,
        (Line(words.welcome_hint), Line(words.emergency, Voice.ALARM)),
        rows,
        picture=True,
        back=False,
    )


def _starts(tell: Telling) -> tuple[Option, ...]:
    """A button a language; with more than two, one for the first and one for all."""
    first, *others = tell.world.languages
    starts = [
        Option(f"{words.start} – {words.own_name}", Begin(language), Tone.MAIN, key)
        for language, key in zip((first, *others[:1]), "12", strict=False)
        for words in (SENTENCES[language],)
    ]
    if len(others) > 1:
        starts[1] = Option(_names(others, tell.size), Act.LANGUAGES, Tone.MAIN, "2")
    return tuple(starts)


def _names(languages: Sequence[Language], size: Size) -> str:
    """As many languages, each in its own letters, as a button has room for."""
    names = [SENTENCES[language].own_name for language in languages]
    room = size.letters(1 if size.is_tall else 2)
    while len(names) > 1 and cell_len(" · ".join(names)) > room - 2:
        names.pop()
    return " · ".join(names) + (" …" if len(names) < len(languages) else "")


def languages(tell: Telling) -> Page:
    """All languages, each in its own letters. Nobody has to begin again for theirs."""
    begins = isinstance(tell.journey.stage, Welcome)
    options = [
        Option(SENTENCES[language].own_name, Begin(language) if begins else Speak(language), Tone.MAIN)
        for language in tell.world.languages
    ]
    rows = listed(options) if tell.size.is_tall else paired(options)
    return Page("languages", tell.words.language_title, (), numbered(rows))


def who(tell: Telling) -> Page:
    """Who is the patient?"""
    words = tell.words
    people = (
        Option(words.who_me, ForWhom(Who.ME), Tone.MAIN),
        Option(words.who_child, ForWhom(Who.CHILD), Tone.MAIN),
        Option(words.who_relative, ForWhom(Who.RELATIVE), Tone.MAIN),
        *_no_card(tell),
    )
    rows = listed(people) if tell.size.is_tall else paired(people)
    return Page("who", words.who_title, (), numbered(rows))


def _no_card(tell: Telling) -> tuple[Option, ...]:
    if not tell.world.catalogue.open_routes:
        return ()
    return (Option(tell.words.no_card, Act.NUMBERS),)


def scan(tell: Telling, stage: Scan) -> Page:
    """Hold the card to the scanner; or why the last scan was no use."""
    words = tell.words
    title = {
        Who.ME: words.scan_me,
        Who.CHILD: words.scan_child,
        Who.RELATIVE: words.scan_relative,
    }[stage.who]
    lines = (
        (Line(words.scan_hint),)
        if stage.problem is None
        else (Line(words.problems[stage.problem], Voice.ALARM), Line(words.problem_then))
    )
    ways = (Option(words.scan_type, Act.TYPE, Tone.MAIN), Option(words.scan_name, Act.FORM, Tone.MAIN))
    rows = (*(listed(ways) if tell.size.is_tall else (ways,)), *listed(_no_card(tell)))
    return Page("scan", title, lines, numbered(rows), picture=True)


def typing(tell: Telling, stage: Typing) -> Page:
    """Digits on the pad, or everything a code says on a line."""
    words = tell.words
    problem = () if stage.problem is None else (_typed_wrong(tell, stage, stage.problem),)
    if stage.line:
        options = (Option(words.type_done, Act.ENTER, Tone.MAIN),)
        title, hint = words.line_title, words.line_hint
        if stage.zone:
            title = words.zone_title
            hint = words.zone_hint.format(done=len(stage.zone), all=stage.zone[0].lines)
        lines = (Line(hint), *problem)
        return Page("line", title, lines, listed(options), typed=stage.text)
    return Page(
        "typing",
        words.type_title,
        problem,
        typed=stage.text,
        pad=True,
        enter=words.type_done,
        erase=words.erase,
    )


def _typed_wrong(tell: Telling, stage: Typing, why: Why) -> Line:
    if why is Why.OLD_NUMBER:
        return Line(tell.words.type_old, Voice.ALARM)
    return Line(tell.words.problems[why] if stage.line else tell.words.type_wrong, Voice.ALARM)


def numbers(tell: Telling) -> Page:
    """Numbers without a card."""
    words = tell.words
    lines = () if tell.is_small else (Line(words.numbers_hint),)
    options = _numbers(tell)
    return Page("numbers", words.numbers_title, lines, tell.arranged(options, rows_taken=1 + len(lines)))


def one_tap(tell: Telling) -> Page:
    """The same for whoever comes: one tap is all, and a card does as well."""
    words = tell.words
    options, warning = _numbers(tell), Line(words.emergency, Voice.ALARM)
    lines: tuple[Line, ...] = (Line(words.one_tap_hint), warning)
    if tell.is_small:
        left = tell.size.body_rows - 1 - len(options) * tell.size.button_rows
        lines = (warning,) if tell.line_height(warning) <= left else ()
    rows = tell.arranged(options, rows_taken=1 + len(lines))
    return Page("one_tap", words.one_tap_title, lines, rows, back=False)


def _numbers(tell: Telling) -> list[Option]:
    """A number each for who is insured, who pays, who has priority, and who has a question."""
    catalogue = tell.world.catalogue
    desk = catalogue.facility.offline_place if catalogue.facility is not None else None
    at_desk = [route for route in catalogue.open_routes if route.first == desk]
    options = [_number(tell, route) for route in at_desk]
    if at_desk and catalogue.declares:
        # Whoever is not sure who pays loses nothing: staff ask.
        unsure = next((route for route in at_desk if route.payer not in catalogue.insured), at_desk[0])
        options.append(Option(tell.words.numbers_priority, TakeNumber(unsure.route, priority=True), Tone.OFF))
    return [*options, *(_number(tell, route) for route in catalogue.open_routes if route not in at_desk)]


def _number(tell: Telling, route: CatalogueRoute) -> Option:
    return Option(tell.label(route.label), TakeNumber(route.route), Tone.MAIN)
