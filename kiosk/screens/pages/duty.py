"""What lies over the patient's page: an emergency, the attendants' pages, a kiosk that is shut. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.duty import hours, steps
from kiosk.duty.values import (
    Attendant,
    Close,
    Closed,
    Duty,
    Emergency,
    PinPad,
    Press,
    PrintAgain,
    Room,
    Settle,
    World,
)
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.layout import Size, listed, numbered
from kiosk.texts import SENTENCES, attendant, read
from queue_server.protocol.codes import Language
from queue_server.protocol.labels import Label

_DESK = Label(vi="bàn hướng dẫn", en="the help desk")


@dataclass(frozen=True, slots=True)
class KnownPaper:
    """A ticket this kiosk printed, or that may still come out. name: of its visit, or of the print. token: of
    its code, where it was printed."""

    name: str
    number: str
    late: bool = False
    token: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What attendants are told of the kiosk. link: None while the server was never there, else seconds since
    it was heard. paper_left: mm. outbox: tickets still to be sent. keeps: the disk takes what it has to."""

    kiosk: str
    version: str
    server: str
    link: float | None = None
    online: bool = False
    outbox: int = 0
    keeps: bool = True
    printer: str = ""
    spare: str | None = None
    paper_left: int | None = None
    paper_low: bool = False
    printed: tuple[KnownPaper, ...] = ()
    loose: tuple[KnownPaper, ...] = ()


@dataclass(frozen=True, slots=True)
class _Telling:
    duty: Duty
    world: World
    machine: Machine
    size: Size
    language: Language

    def say(self, label: Label, **facts: object) -> str:
        """Staff's words; English where the patient reads no Vietnamese."""
        return read(label, self.language).format(**facts)

    def place(self, *, emergency: bool = False) -> str:
        """Where there is somebody."""
        facility = self.world.catalogue.facility
        if facility is None:
            return read(_DESK, self.language)
        if emergency and facility.emergency_place is not None:
            return read(facility.emergency_place, self.language)
        at = facility.offline_place
        return ", ".join(
            part for part in (read(at.label, self.language), read(at.floor, self.language)) if part
        )


def page(duty: Duty, world: World, machine: Machine, size: Size, language: Language) -> Page | None:
    """The page that lies over the patient's, None when there is none."""
    tell = _Telling(duty, world, machine, size, language)
    match duty.over:
        case Emergency() as here:
            return _emergency(tell, here)
        case PinPad() as here:
            return _pin(tell, here)
        case Attendant(room=room) as here:
            made = {
                Room.MENU: _menu,
                Room.PAPERS: _papers,
                Room.LOOSE: _loose,
                Room.CLOSING: _closing,
            }[room]
            return made(tell, here)
        case None:
            return _shut(tell)


# Patients read this ---------------------------------------------------------------------------------------


def _emergency(tell: _Telling, here: Emergency) -> Page:
    """No key presses these buttons: half a scan, or an elbow on the keyboard, must not take an alarm back."""
    words = SENTENCES[tell.language]
    if here.withdrawn is not None:
        leave = Option(words.help_done, Press.LEAVE, Tone.MAIN)
        return Page(
            "help_over",
            words.help_taken_back,
            (Line(words.help_again),),
            listed((leave,)),
            back=False,
        )
    if here.doubted is not None:
        answers = (
            Option(words.help_needed, Press.NO_MISTAKE, Tone.MAIN),
            Option(words.help_nobody, Press.NOBODY_NEEDS_HELP, Tone.OFF),
        )
        text = (Line(words.help_doubt_text),)
        return Page("help_doubt", words.help_doubt, text, listed(answers), back=False)
    lines = (
        Line(words.help_do.format(place=tell.place(emergency=True)), Voice.ALARM),
        Line(_known(tell, here), Voice.NOTICE if here.seen is not None else Voice.BAND),
    )
    options: tuple[Option, ...] = ()
    if here.seen is not None:
        options = (Option(words.help_done, Press.LEAVE, Tone.MAIN),)
    elif steps.may_doubt(here, tell.world):
        options = (Option(words.help_mistake, Press.MISTAKE, Tone.QUIET),)
    return Page("help", words.help_title, lines, listed(options), back=False)


def _known(tell: _Telling, here: Emergency) -> str:
    """What became of the message, no more than is known."""
    words = SENTENCES[tell.language]
    if here.seen is not None:
        vi, en = here.by
        by = vi if tell.language is Language.VI else en
        alert = tell.world.alert
        at = alert.acknowledged_at if alert is not None else None
        time = f"{tell.world.catalogue.local(at):%H:%M}" if at is not None else f"{tell.world.local:%H:%M}"
        return words.help_seen_by.format(by=by, time=time) if by else words.help_seen.format(time=time)
    if here.alert:
        return words.help_told
    return words.help_telling if tell.world.online else words.help_alone


def _shut(tell: _Telling) -> Page | None:
    words, closed = SENTENCES[tell.language], tell.duty.closed
    if closed is not None and steps.is_closed(tell.duty, tell.world):
        why = words.shut_reasons.get(closed.value)
        reason = () if why is None else (Line(why, Voice.FACT),)
        lines = (*reason, Line(words.shut_text.format(place=tell.place())))
        return Page("shut", words.shut_title, lines, back=False)
    if steps.is_asleep(tell.duty, tell.world):
        time, tomorrow = hours.opens_at(tell.world.hours, tell.world.local)
        title = words.asleep_tomorrow if tomorrow else words.asleep_title
        text = words.asleep_text.format(place=tell.place())
        return Page("asleep", title.format(time=time), (Line(text),), back=False)
    return None


# Attendants read this -------------------------------------------------------------------------------------


def _pin(tell: _Telling, here: PinPad) -> Page:
    words = SENTENCES[tell.language]
    locked = steps.locked(tell.duty, tell.world)
    said: tuple[Line, ...] = ()
    if here.missing:
        said = (Line(tell.say(attendant.PIN_MISSING), Voice.ALARM),)
    elif locked:
        said = (Line(tell.say(attendant.PIN_LOCKED, seconds=locked), Voice.ALARM),)
    elif here.checking:
        said = (Line(tell.say(attendant.PIN_CHECKING)),)
    elif here.wrong:
        said = (Line(tell.say(attendant.PIN_WRONG), Voice.ALARM),)
    return Page(
        "pin",
        tell.say(attendant.PIN_TITLE),
        said,
        typed="•" * len(here.digits),
        pad=True,
        grouped=False,
        enter=words.type_done,
        erase=words.erase,
    )


def _menu(tell: _Telling, here: Attendant) -> Page:
    machine = tell.machine
    closed = tell.duty.closed
    told = [tell.say(attendant.MENU_TITLE, kiosk=machine.kiosk)]
    if closed is None or not tell.size.is_small:
        told.append(tell.say(attendant.VERSION, version=machine.version))
    if closed is not None:
        told.append(f"{tell.say(attendant.NOW_CLOSED)}: {tell.say(attendant.REASONS[closed.value])}")
    lines = [_facts(tell, _printers(tell)), _facts(tell, _link(tell))]
    if here.said:
        lines = [Line(tell.say(attendant.SAID[here.said]), Voice.BAND), *lines]
    open_or_close = Option(tell.say(attendant.CLOSING), Press.CLOSING)
    if closed is not None:
        open_or_close = Option(tell.say(attendant.OPEN), Press.OPEN, Tone.MAIN)
    loose = tell.say(attendant.LOOSE, n=len(machine.loose))
    options = (
        Option(tell.say(attendant.TEST_PRINT), Press.TEST_PRINT),
        Option(tell.say(attendant.NEW_ROLL), Press.NEW_ROLL),
        Option(tell.say(attendant.PAPERS), Press.PAPERS),
        Option(loose, Press.LOOSE, Tone.ON if machine.loose else Tone.PLAIN),
        open_or_close,
        Option(tell.say(attendant.LEAVE), Press.LEAVE, Tone.MAIN),
    )
    return Page("attendant", " · ".join(told), tuple(lines), numbered(_in_rows(tell, options)))


def _facts(tell: _Telling, facts: Sequence[str]) -> Line:
    """Facts of one thing; upright there is room for a line each."""
    return Line(("\n" if tell.size.is_tall else " · ").join(facts))


def _printers(tell: _Telling) -> list[str]:
    machine = tell.machine
    told = [tell.say(attendant.PRINTER, says=_says(tell, machine.printer))]
    if machine.paper_left is not None:
        told.append(tell.say(attendant.PAPER_LEFT, n=max(0, machine.paper_left // 1000)))
    if machine.paper_low:
        told.append(tell.say(attendant.PAPER_LOW))
    if machine.spare is not None:
        told.append(tell.say(attendant.SPARE, says=_says(tell, machine.spare)))
    return told


def _says(tell: _Telling, says: str) -> str:
    label = attendant.SAYS.get(says)
    return says if label is None else tell.say(label)


def _link(tell: _Telling) -> list[str]:
    machine = tell.machine
    server = machine.server.removeprefix("ws://").removeprefix("wss://").removesuffix("/ws")
    if machine.online:
        link = tell.say(attendant.LINK_UP, server=server)
    elif machine.link is None:
        link = tell.say(attendant.LINK_NEVER, server=server)
    else:
        age = attendant.SECONDS if machine.link < 60 else attendant.MINUTES
        n = int(machine.link if machine.link < 60 else machine.link // 60)
        link = tell.say(attendant.LINK_DOWN, server=server, age=tell.say(age, n=n))
    kept = tell.say(attendant.OUTBOX, n=machine.outbox) if machine.keeps else tell.say(attendant.DISK_FAILED)
    return [link, kept]


def _papers(tell: _Telling, here: Attendant) -> Page:
    options = [Option(paper.number, PrintAgain(paper.name, paper.token)) for paper in tell.machine.printed]
    lines = () if options else (Line(tell.say(attendant.NO_PAPERS)),)
    said = (Line(tell.say(attendant.SAID[here.said]), Voice.BAND),) if here.said else ()
    rows = _turned(tell, options, here.turned)
    return Page("attendant_papers", tell.say(attendant.PAPERS_TITLE), (*said, *lines), rows)


def _loose(tell: _Telling, here: Attendant) -> Page:
    options = []
    for paper in tell.machine.loose:
        label = attendant.LOOSE_LATE if paper.late else attendant.LOOSE_COMES
        destroyed = Settle(paper.name, given=False)
        options.append(Option(tell.say(label, number=paper.number), destroyed, Tone.ON, share=3))
        options.append(
            Option(f"{paper.number}: {tell.say(attendant.GIVEN)}", Settle(paper.name, given=True), share=2)
        )
    lines = () if options else (Line(tell.say(attendant.NO_LOOSE)),)
    rows = _turned(tell, options, here.turned, together=2)
    return Page("attendant_loose", tell.say(attendant.LOOSE_TITLE), lines, rows)


def _closing(tell: _Telling, here: Attendant) -> Page:
    options = [Option(tell.say(attendant.REASONS[reason.value]), Close(reason)) for reason in Closed]
    if tell.machine.spare is not None:
        options.append(Option(tell.say(attendant.NEW_SPARE_ROLL), Press.NEW_SPARE_ROLL))
    options.append(Option(tell.say(attendant.QUIT), Press.QUIT, Tone.QUIET))
    rows = numbered(_in_rows(tell, options, columns=2))
    return Page("attendant_closing", tell.say(attendant.CLOSING_TITLE), (), rows)


def _in_rows(tell: _Telling, options: Sequence[Option], columns: int = 3) -> tuple[tuple[Option, ...], ...]:
    beside = 2 if tell.size.is_tall else columns
    return tuple(tuple(options[start : start + beside]) for start in range(0, len(options), beside))


def _turned(
    tell: _Telling, options: Sequence[Option], turned: int, together: int = 1
) -> tuple[tuple[Option, ...], ...]:
    """As many buttons as there is room for, the rest behind "more". together: how many stay side by side."""
    columns = 3 if together == 1 else together
    beside = 2 if tell.size.is_tall else columns
    words = 4 if tell.size.is_tall else 2
    room = beside * max(1, (tell.size.body_rows - words) // tell.size.button_rows)
    if len(options) > room:
        each = max(together, (room - 1) // together * together)
        pages = [options[start : start + each] for start in range(0, len(options), each)]
        more = Option(SENTENCES[tell.language].more, Press.MORE, Tone.QUIET)
        options = [*pages[turned % len(pages)], more]
    return numbered(_in_rows(tell, options, columns))
