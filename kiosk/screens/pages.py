"""Which page a journey shows, in its language and on a screen of this size. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TypeGuard, assert_never

from kiosk.identity import HospitalCode, Phone, Why, masked
from kiosk.journey import walk
from kiosk.journey.values import (
    Act,
    Aim,
    AlreadyHere,
    Arranging,
    AskWho,
    Begin,
    Check,
    ChooseExam,
    ChooseRoute,
    Finding,
    ForWhom,
    Full,
    Issued,
    Journey,
    Looking,
    Numbers,
    OwnVisit,
    Ready,
    Scan,
    Sending,
    Stopped,
    TakeExam,
    TakeNumber,
    TakeRoute,
    Trouble,
    Typing,
    Welcome,
    Who,
    World,
)
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.texts import SENTENCES, Sentences
from queue_server.protocol.codes import Language, PrintState, Punctuality, StepState
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.questions import Stop, TicketState
from queue_server.protocol.rows import CatalogueService


@dataclass(frozen=True, slots=True)
class Size:
    """Cells of the screen."""

    columns: int
    rows: int

    @property
    def is_tall(self) -> bool:
        """Whether it stands upright: buttons then gather in the lower half, within reach."""
        # A cell is about twice as high as it is wide.
        return self.rows >= 30 and self.columns < 2 * self.rows

    @property
    def button_rows(self) -> int:
        """Rows of one button with its share of the gap: at 24 points three are 35 mm."""
        return 5 if self.is_tall else 3

    @property
    def body_rows(self) -> int:
        """Rows between header and footer."""
        return self.rows - (6 if self.is_tall else 4)

    def letters(self, columns: int) -> int:
        """Letters that a button takes on one line when `columns` of them stand side by side."""
        return (self.columns - (4 if self.is_tall else 2)) // columns - 5


def page(journey: Journey, world: World, size: Size) -> Page:
    """The page to show now."""
    words = SENTENCES[journey.language]
    seconds = walk.countdown(journey, world)
    if seconds is not None:
        return Page(
            "warning",
            words.warning_title,
            (Line(words.warning_text.format(seconds=seconds)),),
            _listed((Option(words.warning_stay, Act.STAY, Tone.MAIN),)),
            back=False,
        )
    return _Pages(journey, world, size, words).page()


@dataclass(frozen=True, slots=True)
class _Pages:
    journey: Journey
    world: World
    size: Size
    words: Sentences

    def page(self) -> Page:
        match self.journey.stage:
            case Welcome():
                return self._welcome()
            case AskWho():
                return self._who()
            case Scan() as stage:
                return self._scan(stage)
            case Typing() as stage:
                return self._typing(stage)
            case Numbers():
                return self._numbers()
            case Check() as stage:
                return self._check(stage)
            case ChooseRoute() as stage:
                return self._routes(stage)
            case ChooseExam() as stage:
                return self._exams(stage)
            case Full() as stage:
                return self._full(stage)
            case Sending() | Looking() | Finding() as stage:
                return self._waiting(stage)
            case Arranging():
                return Page("arranging", self.words.arranging, (Line(self.words.please_wait),), back=False)
            case Issued() as stage:
                return self._issued(stage)
            case AlreadyHere() as stage:
                return self._already(stage)
            case OwnVisit() as stage:
                return self._own_visit(stage)
            case Stopped() as stage:
                return self._stopped(stage)
            case stage:
                assert_never(stage)

    # Beginning -------------------------------------------------------------------------------------------

    def _welcome(self) -> Page:
        words = self.words
        if self.world.catalogue.facility is None:
            return Page("closed", words.closed_title, (Line(words.closed_text),), back=False)
        vi, en = SENTENCES[Language.VI], SENTENCES[Language.EN]
        start = (
            Option(f"{vi.start} – {vi.own_name}", Begin(Language.VI), Tone.MAIN, "1"),
            Option(f"{en.start} – {en.own_name}", Begin(Language.EN), Tone.MAIN, "2"),
        )
        rows = _listed(start) if self.size.is_tall else (start,)
        if self.world.catalogue.open_routes:
            rows = (*rows, (Option(words.no_card, Act.NUMBERS, Tone.PLAIN, "3"),))
        return Page(
            "welcome",
            words.welcome_title,
            (Line(words.welcome_hint), Line(words.emergency, Voice.ALARM)),
            rows,
            picture=True,
            back=False,
        )

    def _who(self) -> Page:
        words = self.words
        people = (
            Option(words.who_me, ForWhom(Who.ME), Tone.MAIN),
            Option(words.who_child, ForWhom(Who.CHILD), Tone.MAIN),
            Option(words.who_relative, ForWhom(Who.RELATIVE), Tone.MAIN),
            *self._no_card(),
        )
        rows = _listed(people) if self.size.is_tall else _paired(people)
        return Page("who", words.who_title, (), _numbered(rows))

    def _no_card(self) -> tuple[Option, ...]:
        if not self.world.catalogue.open_routes:
            return ()
        return (Option(self.words.no_card, Act.NUMBERS),)

    def _scan(self, stage: Scan) -> Page:
        words = self.words
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
        options = (Option(words.scan_type, Act.TYPE, Tone.MAIN), *self._no_card())
        return Page("scan", title, lines, _numbered(_listed(options)), picture=True)

    def _typing(self, stage: Typing) -> Page:
        words = self.words
        problem = () if stage.problem is None else (self._typed_wrong(stage, stage.problem),)
        if stage.line:
            options = (Option(words.type_done, Act.ENTER, Tone.MAIN),)
            lines = (Line(words.line_hint), *problem)
            return Page("line", words.line_title, lines, _listed(options), typed=stage.text)
        return Page(
            "typing",
            words.type_title,
            problem,
            typed=stage.text,
            pad=True,
            enter=words.type_done,
            erase=words.erase,
        )

    def _typed_wrong(self, stage: Typing, why: Why) -> Line:
        return Line(self.words.problems[why] if stage.line else self.words.type_wrong, Voice.ALARM)

    def _numbers(self) -> Page:
        words = self.words
        routes = self.world.catalogue.open_routes
        options = [
            *(Option(self._label(route.label), TakeNumber(route.route), Tone.MAIN) for route in routes),
            *(
                Option(
                    words.numbers_priority.format(label=self._label(route.label)),
                    TakeNumber(route.route, priority=True),
                    Tone.OFF,
                )
                for route in routes
            ),
        ]
        lines = (Line(words.numbers_hint), Line(words.priority_papers, Voice.QUIET))
        return Page("numbers", words.numbers_title, lines, self._arranged(options, rows_taken=3))

    # Who, and what for -----------------------------------------------------------------------------------

    def _check(self, stage: Check) -> Page:
        words, shown = self.words, masked(stage.person)
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
            said = words.booked.format(time=self._clock(booked.at), service=self._label(booked.service))
            title, facts = words.booked_title, ((words.booked_fact, said),)
            lines = self._came(booked.punctuality)
        elif booked is not None:
            lines = (self._appointment(booked.at, booked.service),)
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
        return Page("check", title, lines, _numbered(rows), facts=facts)

    def _came(self, punctuality: Punctuality) -> tuple[Line, ...]:
        """What somebody is told who did not come around their time."""
        match punctuality:
            case Punctuality.EARLY:
                return (Line(self.words.came_early, Voice.NOTICE),)
            case Punctuality.LATE:
                return (Line(self.words.came_late, Voice.NOTICE),)
            case Punctuality.ON_TIME:
                return ()
            case _:
                assert_never(punctuality)

    def _clock(self, at: int, form: str = "%H:%M") -> str:
        """A moment (ms) in the facility's own time."""
        return f"{self.world.catalogue.local(at):{form}}"

    def _routes(self, stage: ChooseRoute) -> Page:
        options = [
            Option(self._label(route.label), TakeRoute(route.route), Tone.MAIN)
            for route in self.world.catalogue.personal_routes
        ]
        return Page(
            "route", self.words.route_title, (), self._arranged(options, rows_taken=1, turned=stage.page)
        )

    def _exams(self, stage: ChooseExam) -> Page:
        options = [
            Option(self._offer(service), TakeExam(service.service), Tone.PLAIN if service.full else Tone.MAIN)
            for service in self.world.catalogue.exams
        ]
        unsure = Option(self.words.exam_unsure, TakeExam(None), Tone.QUIET)
        return Page(
            "exam",
            self.words.exam_title,
            (),
            self._arranged(options, rows_taken=1, turned=stage.page, always=(unsure,)),
        )

    def _offer(self, service: CatalogueService) -> str:
        """An exam by its name, and where its session is full, what can be had instead."""
        words, name = self.words, self._label(service.name)
        if not service.full:
            return name
        if service.later_at is None:
            return words.exam_full.format(service=name)
        return words.exam_later.format(service=name, time=self._clock(service.later_at))

    def _full(self, stage: Full) -> Page:
        words = self.words
        wanted = stage.register.service
        service = self.world.catalogue.service(wanted) if wanted is not None else None
        title = words.full_title
        if service is not None:
            title = words.full_of.format(service=self._label(service.name))
        options = [Option(words.full_desk, TakeExam(None), Tone.PLAIN)]
        line = Line(words.full_none)
        if stage.later_at is not None:
            afternoon = self.world.catalogue.local(stage.later_at).hour >= 12
            words_for = words.full_afternoon if afternoon else words.full_later
            options.insert(
                0, Option(words_for.format(time=self._clock(stage.later_at)), Act.LATER, Tone.MAIN)
            )
            line = Line(words.full_hint)
        return Page("full", title, (line,), _numbered(_listed(options)))

    # Waiting ---------------------------------------------------------------------------------------------

    def _waiting(self, stage: Sending | Looking | Finding) -> Page:
        words = self.words
        if not walk.slow(self.journey, self.world):
            title = words.sending if isinstance(stage, Sending) else words.looking
            return Page("sending", title, (Line(words.please_wait),))
        title = words.slow if self.world.online else words.down
        leave = Option(words.leave, Act.HOME, Tone.MAIN)
        return Page("slow", title, (Line(words.kept, Voice.BAND),), _numbered(_listed((leave,))))

    # The number ------------------------------------------------------------------------------------------

    def _issued(self, stage: Issued) -> Page:
        words, ticket, paper = self.words, stage.ticket, stage.paper
        lines = (Line(words.priority_papers, Voice.BAND),) if ticket.provisional else ()
        booked = ticket.appointment
        if booked is not None:
            # Where no paper came, what to do about it is worth more than how they came.
            short = paper.state in (PrintState.STALLED, PrintState.UNKNOWN) and not self.size.is_tall
            came = () if short else self._came(booked.punctuality)
            lines = (*lines, self._appointment(booked.at, booked.service), *came)
        if ticket.later_at is not None:
            lines = (*lines, Line(words.seen_from.format(time=self._clock(ticket.later_at)), Voice.BAND))
        place = self._place(ticket.place)
        after = [Line(words.go_to.format(place=place), Voice.FACT)]
        match paper.state:
            case PrintState.STALLED | PrintState.UNKNOWN:
                # A reason this kiosk's words do not know is told by what is left to do about it.
                reason = words.paper_reasons.get(paper.reason, words.paper_unknown)
                after += [
                    Line(f"{reason} {words.paper_still_good}", Voice.ALARM),
                    Line(words.paper_how),
                ]
                if paper.state is PrintState.UNKNOWN and self.size.is_tall:
                    after.append(Line(words.paper_late))
            case PrintState.ACKNOWLEDGED:
                after += [*self._ahead(ticket.ahead), Line(words.take_paper, Voice.NOTICE)]
            case _:
                after += [*self._ahead(ticket.ahead), Line(words.printing)]
        if ticket.reprint and paper.state not in (PrintState.STALLED, PrintState.UNKNOWN):
            after.append(Line(words.reprint_mark, Voice.QUIET))
        return Page(
            "issued",
            words.your_number,
            lines,
            _numbered(_listed((Option(words.done, Act.HOME),))) if stage.leave_at is not None else (),
            number=ticket.number,
            after=tuple(after),
            back=False,
        )

    def _appointment(self, at: int, service: Label) -> Line:
        said = self.words.appointment.format(time=self._clock(at), service=self._label(service))
        return Line(said, Voice.FACT)

    def _ahead(self, ahead: int | None) -> tuple[Line, ...]:
        if ahead is None:
            return ()
        return (Line(self.words.ahead.format(count=ahead) if ahead else self.words.nobody_ahead),)

    def _already(self, stage: AlreadyHere) -> Page:
        words = self.words
        options = (Option(words.reprint, Act.REPRINT, Tone.MAIN), Option(words.done, Act.HOME))
        return Page(
            "already",
            words.already_title,
            (),
            _numbered(_paired(options)),
            number=stage.number,
            after=(Line(words.already_hint),),
        )

    def _own_visit(self, stage: OwnVisit) -> Page:
        words, state = self.words, stage.state
        title = f"{words.already_title if stage.already else words.visit_title}: {state.number}"
        if state.ended is not None:
            done = _numbered(_listed((Option(words.done, Act.HOME, Tone.MAIN),)))
            return Page("visit", title, (Line(words.visit_ended, Voice.NOTICE),), done)
        news: list[Line] = []
        if state.missed is not None:
            news.append(Line(words.missed, Voice.ALARM))
        elif stage.done is Aim.REJOIN:
            news.append(Line(words.rejoined, Voice.NOTICE))
        elif stage.done is Aim.READY:
            news.append(Line(words.ready_noted, Voice.NOTICE))
        rows = self._visit_rows(state, turns=False)
        told = self._told(state, self._room(title, news, rows))
        if len(told) > 1:
            rows = self._visit_rows(state, turns=True)
            told = self._told(state, self._room(title, news, rows))
        return Page("visit", title, (*news, *told[stage.page % len(told)]), _numbered(rows))

    def _visit_rows(self, state: TicketState, *, turns: bool) -> tuple[tuple[Option, ...], ...]:
        """What the holder may do. turns: the stops have more than one page."""
        words = self.words
        ready = self._ready(state)
        mains = [] if ready is None else [ready]
        if state.missed is not None:
            mains.insert(0, Option(words.rejoin, Act.REJOIN, Tone.MAIN))
        others = [Option(words.reprint, Act.REPRINT), Option(words.done, Act.HOME)]
        if turns:
            others.append(Option(words.more, Act.MORE, Tone.QUIET))
        if self.size.is_tall:
            # Upright, one below the other is calmer as long as there is room.
            return (*_listed(mains), *(_paired(others) if mains or turns else _listed(others)))
        if ready is None and len(mains) + len(others) <= 3:
            return ((*mains, *others),)
        return (tuple(mains), tuple(others)) if mains else (tuple(others),)

    def _ready(self, state: TicketState) -> Option | None:
        """What the holder may say of their body now, of the stop to go to first; None when nothing."""
        words = self.words
        offers = [
            (stop, gate)
            for stop in sorted(state.stops, key=lambda stop: stop.suggested)
            for gate in stop.may_open
            if gate in words.ready
        ]
        if not offers:
            return None
        stop, gate = offers[0]
        label = words.ready[gate]
        if len(offers) > 1:
            placed = words.ready_at.format(place=self._label(stop.place.label), ready=label)
            mains = 1 if self.size.is_tall or state.missed is None else 2
            label = placed if len(placed) <= self.size.letters(mains) else label
        return Option(label, Ready(stop.step, gate), Tone.MAIN)

    def _room(self, title: str, news: Sequence[Line], rows: Sequence[Sequence[Option]]) -> int:
        """Rows of the screen that are left for the stops."""
        taken = self._height(title) + 2 * self.size.is_tall + len(rows) * self.size.button_rows
        return self.size.body_rows - taken - sum(map(self._line_height, news))

    def _told(self, state: TicketState, room: int) -> list[list[Line]]:
        """The stops, as many on each page as have room; on one page what is done comes first."""
        stops = _stops(state)
        pages = self._paged(stops, room)
        if len(pages) > 1:
            # What is still to be done is what the holder came for.
            pages = self._paged(sorted(stops, key=lambda stop: stop.state is StepState.DONE), room)
        return pages

    def _paged(self, stops: Sequence[Stop], room: int) -> list[list[Line]]:
        pages: list[list[Line]] = [[]]
        left = room
        lines = [(stop, self._stop(stop)) for stop in stops]
        for _, line in lines:
            height = self._line_height(line)
            if pages[-1] and height > left:
                pages.append([])
                left = room
            pages[-1].append(line)
            left -= height
        here = next(((index, stop) for index, (stop, _) in enumerate(lines) if stop.state in _HERE), None)
        if here is None:
            return pages
        index, stop = here
        where = Line(self._joined(stop.place.hall, stop.place.floor), Voice.FACT)
        first = pages[0]
        if index < len(first) and sum(map(self._line_height, (*first, where))) <= room:
            first.insert(index + 1, where)
        return pages

    def _line_height(self, line: Line) -> int:
        """Rows of a line with the gap below it."""
        return self._height(line.text) + self.size.is_tall

    def _height(self, text: str) -> int:
        thoughts = (wrap(thought, self._columns, break_on_hyphens=False) for thought in text.split("\n"))
        return sum(max(1, len(lines)) for lines in thoughts)

    @property
    def _columns(self) -> int:
        """Letters of one line of words."""
        return max(1, self.size.columns - (4 if self.size.is_tall else 2))

    def _stop(self, stop: Stop) -> Line:
        words = self.words
        awaited = stop.state is StepState.PLANNED and stop.may_open
        parts = [words.stop_ready if awaited else words.stop_states[stop.state]]
        if stop.call_sign is not None and stop.state in _WAITING:
            parts.append(stop.call_sign.text)
        if stop.ahead is not None and stop.state is StepState.QUEUED:
            parts.append(words.stop_ahead.format(count=stop.ahead))
        now = stop.state in _NOW
        mark = "→" if now else "●" if stop.state is StepState.QUEUED else "·"
        place = self._label(stop.place.label)
        if stop.suggested:
            place = f"{stop.suggested}. {place}"
        said = (f"{mark} {place}: {', '.join(parts)}", *self._known(stop))
        return Line("\n".join(said), Voice.NOTICE if now else Voice.PLAIN)

    def _known(self, stop: Stop) -> tuple[str, ...]:
        """What the holder does well to know of a stop that they are not at; on two lines
        what has no room on one."""
        words = self.words
        if stop.state not in _TO_COME:
            return ()
        first = (words.stop_first,) if stop.suggested == 1 else ()
        thoughts = (
            ", ".join((*first, *(words.stop_needs[need] for need in stop.needs))),
            ", ".join(self._times(stop)),
        )
        known = tuple(thought for thought in thoughts if thought)
        together = ", ".join(known)
        return known if len(together) > self._columns else (together,) if together else ()

    def _times(self, stop: Stop) -> Iterator[str]:
        words = self.words
        if self._is_ahead(stop.due_at):
            yield words.stop_from.format(time=self._clock(stop.due_at))
        elif self._is_ahead(stop.not_before):
            yield words.stop_not_before.format(time=self._clock(stop.not_before))
        if self._is_ahead(stop.usually_by):
            yield words.stop_usually_by.format(time=self._clock(stop.usually_by))

    def _is_ahead(self, at: int | None) -> TypeGuard[int]:
        """Whether a moment is still to come; one that has passed tells nobody anything."""
        return at is not None and (self.world.clock is None or at > self.world.clock)

    def _stopped(self, stage: Stopped) -> Page:
        words = self.words
        title, text = {
            Trouble.INTAKE: (words.intake_title, words.intake_text),
            Trouble.NO_ANSWER: (words.no_answer_title, words.no_answer_text),
            Trouble.OLD_TICKET: (words.old_ticket_title, words.old_ticket_text),
            Trouble.REFUSED: (words.refused_title, words.refused_text),
            Trouble.NO_APPOINTMENT: (words.no_appointment_title, words.no_appointment_text),
            Trouble.CANCELLED: (words.cancelled_title, words.cancelled_text),
            Trouble.ANOTHER_DAY: (words.another_day_title, words.another_day_text),
        }[stage.trouble]
        if stage.at is not None:
            title = title.format(day=self._clock(stage.at, "%d/%m/%Y"), time=self._clock(stage.at))
        code = (Line(stage.code.value, Voice.QUIET),) if stage.code is not None else ()
        done = _numbered(_listed((Option(words.done, Act.HOME, Tone.MAIN),)))
        return Page("stopped", title, (Line(text, Voice.NOTICE), *code), done)

    # Words and room --------------------------------------------------------------------------------------

    def _label(self, label: Label) -> str:
        return label.en if self.journey.language is Language.EN and label.en else label.vi

    def _place(self, place: Place) -> str:
        return self._joined(place.label, place.hall, place.floor)

    def _joined(self, *labels: Label) -> str:
        return ", ".join(text for text in map(self._label, labels) if text)

    def _arranged(
        self,
        options: Sequence[Option],
        *,
        rows_taken: int,
        turned: int = 0,
        always: tuple[Option, ...] = (),
    ) -> tuple[tuple[Option, ...], ...]:
        """As many buttons as the screen has room for; the rest behind "more"."""
        longest = max((len(option.label) for option in (*options, *always)), default=0)
        rows = (self.size.body_rows - rows_taken * (2 if self.size.is_tall else 1)) // self.size.button_rows
        # Upright, one below the other is calmer as long as there is room.
        if self.size.is_tall:
            columns = 1 if len(options) + len(always) <= rows else 2
        else:
            columns = 1 if longest > self.size.letters(2) else 2
        cells = max(2, rows * columns)
        shown = (*options, *always)
        if len(shown) > cells:
            each = max(1, cells - len(always) - 1)
            pages = [options[start : start + each] for start in range(0, len(options), each)]
            shown = (
                *pages[turned % len(pages)],
                *always,
                Option(self.words.more, Act.MORE, Tone.QUIET),
            )
        return _numbered(tuple(shown[start : start + columns] for start in range(0, len(shown), columns)))


# Without T, which begins a typed line; I, L and O, which look like digits; and letters Telex would join.
_LETTERS = "abceghkmnpquvy"
_WAITING = frozenset({StepState.QUEUED, StepState.PREPARED, StepState.CALLED})
_NOW = frozenset({StepState.PREPARED, StepState.CALLED, StepState.SERVING})
_HERE = _WAITING | {StepState.SERVING, StepState.MISSED}
_TO_COME = frozenset({StepState.PLANNED, StepState.QUEUED, StepState.HELD, StepState.MISSED})
_OVER = frozenset({StepState.CANCELLED, StepState.ABANDONED})


def _stops(state: TicketState) -> tuple[Stop, ...]:
    """What matters to the holder: stops done first, the others as recommended, else in their order."""
    left = (stop for stop in state.stops if stop.state not in _OVER)
    return tuple(sorted(left, key=lambda stop: stop.suggested))


def _listed(options: Sequence[Option]) -> tuple[tuple[Option, ...], ...]:
    return tuple((option,) for option in options)


def _paired(options: Sequence[Option]) -> tuple[tuple[Option, ...], ...]:
    return tuple(tuple(options[start : start + 2]) for start in range(0, len(options), 2))


def _numbered(rows: tuple[tuple[Option, ...], ...]) -> tuple[tuple[Option, ...], ...]:
    """Give the buttons the keys 1 to 9 in reading order, then letters; zero begins a typed number."""
    keys = iter(f"123456789{_LETTERS}")
    return tuple(tuple(replace(option, key=option.key or next(keys, "")) for option in row) for row in rows)
