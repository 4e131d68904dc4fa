"""From a slip to blocks: what a template has of it, in its languages, with nothing empty in between."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kiosk.layout.template import PATIENT, STANDARD, Kind, Part, Template
from kiosk.slip import (
    DEFAULT_TEXTS,
    Align,
    Band,
    Block,
    Code,
    Pair,
    Picture,
    Priority,
    Rule,
    Size,
    Slip,
    Stop,
    Text,
    Words,
)
from queue_server.protocol.codes import Language, Punctuality

_USUAL = {
    Kind.FACILITY: (Size.BODY, Size.NOTE),
    Kind.TITLE: (Size.TITLE, Size.NOTE),
    Kind.NUMBER: (Size.BODY, Size.NOTE),
    Kind.APPOINTMENT: (Size.STRONG, Size.BODY),
    Kind.PLACE: (Size.HEADLINE, Size.BODY),
    Kind.STOPS: (Size.STRONG, Size.NOTE),
    Kind.TIMES: (Size.STRONG, Size.NOTE),
}


def arrange(
    slip: Slip,
    texts: Mapping[str, Words] = DEFAULT_TEXTS,
    template: Template = STANDARD,
    patient: Language = Language.VI,
) -> tuple[Block, ...]:
    """The blocks of a slip from top to bottom, the first language loud, the others quieter below it.

    Words missing from `texts` are the defaults. Words missing in a language are said in English where it is
    another than Vietnamese, and left out where it is English.
    """
    blocks: list[Block] = []
    for part in template.parts:
        if part.kind is Kind.RULE:
            if blocks and not isinstance(blocks[-1], Rule):
                blocks.append(Rule())
        else:
            blocks += _Saying(part, texts, patient).told(slip)
    if blocks and isinstance(blocks[-1], Rule):
        blocks.pop()
    return tuple(blocks)


class _Saying:
    """One part of a template in the languages it speaks."""

    def __init__(self, part: Part, texts: Mapping[str, Words], patient: Language) -> None:
        self.part = part
        self._texts = texts
        chosen = Language.EN if patient is Language.VI else patient
        named = (chosen.value if name == PATIENT else name for name in part.languages)
        self._languages = tuple(dict.fromkeys(named))
        loud, quiet = _USUAL.get(part.kind, (Size.BODY, Size.NOTE))
        self.loud, self.quiet = part.size or loud, part.small or quiet
        self.align = part.align or Align.CENTER

    def told(self, slip: Slip) -> Iterator[Block]:
        """The part's blocks; none where the slip has nothing to say there."""
        tell: Mapping[Kind, Callable[[Slip], Iterator[Block]]] = {
            Kind.LOGO: self._logo,
            Kind.FACILITY: lambda slip: self._stacked(self._say(slip.facility), bold=True),
            Kind.TITLE: lambda _: self._stacked(self._worded("title"), bold=True),
            Kind.REPRINT: self._reprint,
            Kind.NUMBER: self._number,
            Kind.PRIORITY: self._priority,
            Kind.APPOINTMENT: self._appointment,
            Kind.LATER: self._later,
            Kind.PLACE: self._place,
            Kind.STOPS: self._stops,
            Kind.AHEAD: self._ahead,
            Kind.TIMES: self._times,
            Kind.PRINTED: lambda slip: iter(
                (Pair(self._label("printed"), f"{slip.printed:%H:%M %d/%m/%Y}"),)
            ),
            Kind.CODE: self._code,
            Kind.ORDER: lambda _: self._stacked(self._worded("order"), bold=False),
            Kind.URGENT: lambda _: self._stacked(self._worded("urgent"), bold=True),
            Kind.TEXT: lambda _: self._stacked(self._say(self.part.words), bold=False),
        }
        for block in tell[self.part.kind](slip):
            yield replace(block, align=self.align) if isinstance(block, Text) else block

    # Words -----------------------------------------------------------------------------------------------

    def _say(self, words: Words) -> tuple[str, ...]:
        """In each language; Vietnamese where none of them has words."""
        said = (
            words.get(language) or (words.get(Language.EN) if language != Language.VI else None)
            for language in self._languages
        )
        return tuple(dict.fromkeys(filter(None, said))) or (words[Language.VI],)

    def _worded(self, name: str) -> tuple[str, ...]:
        return self._say(self._texts.get(name) or DEFAULT_TEXTS[name])

    def _label(self, name: str) -> str:
        return " / ".join(self._worded(name))

    def _stacked(self, lines: Sequence[str], *, bold: bool) -> Iterator[Block]:
        return _stacked(lines, self.loud, self.quiet, bold=bold)

    # Parts -----------------------------------------------------------------------------------------------

    def _logo(self, slip: Slip) -> Iterator[Block]:
        yield Picture(str(self.part.file), self.part.width, self.align)

    def _reprint(self, slip: Slip) -> Iterator[Block]:
        if slip.reprint:
            yield Band((self._label("reprint"),))

    def _number(self, slip: Slip) -> Iterator[Block]:
        yield Text(self._label("your_number"), Size.BODY)
        yield Text(slip.number, Size.NUMBER, bold=True)

    def _priority(self, slip: Slip) -> Iterator[Block]:
        if slip.priority is Priority.GRANTED:
            yield Band((self._label("priority"),))
        elif slip.priority is Priority.PROVISIONAL:
            # The condition stands in the same breath as the word, in each language.
            (loud, *others), (papers, *quiet) = self._worded("priority"), self._worded("show_papers")
            yield Band((loud, papers, *(": ".join(pair) for pair in zip(others, quiet, strict=False))))

    def _appointment(self, slip: Slip) -> Iterator[Block]:
        if (booked := slip.appointment) is None:
            return
        appointed = _clocked(self._worded("appointment"), booked.at)
        told = [" – ".join(pair) for pair in zip(appointed, self._say(booked.service), strict=False)]
        yield from self._stacked(told, bold=True)
        if booked.punctuality is not Punctuality.ON_TIME:
            yield from _stacked(self._worded(f"came_{booked.punctuality}"), Size.BODY, Size.NOTE, bold=False)

    def _later(self, slip: Slip) -> Iterator[Block]:
        if slip.later is not None:
            yield Band(tuple(_clocked(self._worded("later"), slip.later)))

    def _place(self, slip: Slip) -> Iterator[Block]:
        yield Text(f"{self._label('go_to')}:", Size.BODY)
        yield from self._stacked(self._say(slip.place), bold=True)
        where = [self._say(part) for part in (slip.hall, slip.floor) if part is not None]
        if where:
            yield from _stacked(_joined(where), Size.STRONG, Size.BODY, bold=True)

    def _stops(self, slip: Slip) -> Iterator[Block]:
        if slip.stops:
            yield Text(f"{self._label('stops')}:", Size.BODY)
        for stop in slip.stops:
            yield from self._stop(stop)

    def _stop(self, stop: Stop) -> Iterator[Block]:
        mark = f"{stop.order}." if stop.order else "–"
        place, needs = self._say(stop.place), [self._worded(need.value) for need in stop.needs]
        where = [self._say(words) for words in stop.where]
        yield Text(f"{mark} {place[0]}", self.loud, bold=True)
        if needs:
            yield Text(_joined(needs)[0], Size.BODY, bold=True)
        if where:
            yield Text(", ".join(part[0] for part in where), Size.BODY)
        for line in _joined([place, *needs, *where])[1:]:
            yield Text(line, self.quiet)

    def _ahead(self, slip: Slip) -> Iterator[Block]:
        if slip.ahead is not None:
            yield Pair(self._label("ahead"), str(slip.ahead))

    def _times(self, slip: Slip) -> Iterator[Block]:
        if slip.not_before is None or slip.usually_by is None:
            return
        if slip.not_before > slip.printed:
            yield from self._stacked(_clocked(self._worded("not_before"), slip.not_before), bold=True)
        yield from self._stacked(_clocked(self._worded("usually_by"), slip.usually_by), bold=True)
        yield from _stacked(self._worded("no_appointment"), Size.NOTE, Size.NOTE, bold=False)

    def _code(self, slip: Slip) -> Iterator[Block]:
        lines = self._worded("missed")
        caption = (Text(lines[0], self.loud, bold=True), *(Text(line, self.quiet) for line in lines[1:]))
        yield Code(slip.code, caption, self.part.align or Align.LEFT)


def _clocked(words: Sequence[str], at: datetime) -> list[str]:
    return [f"{word} {at:%H:%M}" for word in words]


def _stacked(lines: Sequence[str], loud: Size, quiet: Size, *, bold: bool) -> Iterator[Block]:
    yield Text(lines[0], loud, bold)
    for line in lines[1:]:
        yield Text(line, quiet)


def _joined(parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    # "Khu chờ A, tầng 1" and its translations; a part without a translation is not repeated in the
    # wrong language.
    fullest = max(len(part) for part in parts)
    return tuple(", ".join(part[n] for part in parts if n < len(part)) for n in range(fullest))
