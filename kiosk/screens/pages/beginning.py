"""Before anybody is known: who is the patient, the scan, typed digits, numbers without a card."""

from collections.abc import Sequence

from rich.cells import cell_len

from kiosk.identity import Why
from kiosk.journey.values import Act, Begin, ForWhom, Scan, Speak, TakeNumber, Typing, Welcome, Who
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.layout import Size, listed, numbered, paired
from kiosk.screens.pages.telling import Telling
from kiosk.texts import SENTENCES
from queue_server.protocol.codes import Language


def welcome(tell: Telling) -> Page:
    """Nobody is here yet, or the kiosk does not know yet what it may offer."""
    words = tell.words
    if tell.world.catalogue.facility is None:
        return Page("closed", words.closed_title, (Line(words.closed_text),), back=False)
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
    options = (Option(words.scan_type, Act.TYPE, Tone.MAIN), *_no_card(tell))
    return Page("scan", title, lines, numbered(listed(options)), picture=True)


def typing(tell: Telling, stage: Typing) -> Page:
    """Digits on the pad, or everything a code says on a line."""
    words = tell.words
    problem = () if stage.problem is None else (_typed_wrong(tell, stage, stage.problem),)
    if stage.line:
        options = (Option(words.type_done, Act.ENTER, Tone.MAIN),)
        lines = (Line(words.line_hint), *problem)
        return Page("line", words.line_title, lines, listed(options), typed=stage.text)
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
    return Line(tell.words.problems[why] if stage.line else tell.words.type_wrong, Voice.ALARM)


def numbers(tell: Telling) -> Page:
    """Numbers without a card."""
    words = tell.words
    routes = tell.world.catalogue.open_routes
    options = [
        *(Option(tell.label(route.label), TakeNumber(route.route), Tone.MAIN) for route in routes),
        *(
            Option(
                words.numbers_priority.format(label=tell.label(route.label)),
                TakeNumber(route.route, priority=True),
                Tone.OFF,
            )
            for route in routes
        ),
    ]
    lines = (Line(words.numbers_hint), Line(words.priority_papers, Voice.QUIET))
    return Page("numbers", words.numbers_title, lines, tell.arranged(options, rows_taken=3))
