"""People who come to a kiosk one after the other, each a list of what they do, drawn from chances.

Who they are is invented, and easy to find again: every name ends in a syllable that no language has.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.duty.values import Press
from kiosk.identity import ticket_code
from kiosk.journey.values import Act, ForWhom, Who
from kiosk.screens.page import Means

MARK = "xuynh"
"""Begins every given name here, and nothing else that a hospital has."""
_FAMILIES = ("Nguyễn Thị", "Trần Văn", "Lê", "Phạm Hữu", "H'", "Đặng Thị Hồng")
_LETTERS = "abceghikmnoptuv"
_USELESS = ("000000000000", "DL:NOSUCHTICKET", "https://example.vn/thuc-don", "hoa-don-000123", "024123456")


@dataclass(frozen=True, slots=True)
class Scans:
    """A code, and the scanner's Enter; `whole` is False where the scanner was torn away before."""

    code: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Types:
    """Fingers on a keyboard, with pauses that a scanner never makes."""

    text: str


@dataclass(frozen=True, slots=True)
class Presses:
    """A key by its name."""

    key: str


@dataclass(frozen=True, slots=True)
class Taps:
    """The button that means this, where the page has it."""

    means: Means


@dataclass(frozen=True, slots=True)
class TapsAny:
    """Some button. among: how many of the page's first ones it may be, 0: any on the screen."""

    at: float
    among: int = 0


@dataclass(frozen=True, slots=True)
class LooksOn:
    """Stands and reads until the kiosk has its answer."""


@dataclass(frozen=True, slots=True)
class Dawdles:
    """Reads so long that the kiosk asks whether anybody is there."""


@dataclass(frozen=True, slots=True)
class GoesAway:
    """Leaves without a word; the kiosk has to find out."""


@dataclass(frozen=True, slots=True)
class GoesHome:
    """Taps the way home, if there is one on the page."""


Happening = Scans | Types | Presses | Taps | TapsAny | LooksOn | Dawdles | GoesAway | GoesHome


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with papers. insurance: the number on their insurance card."""

    name: str
    number: str
    insurance: str
    phone: str
    born: int
    female: bool

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody else may ever read."""
        return self.name, self.number, self.insurance, self.phone, f"+84{self.phone[1:]}"

    @property
    def card(self) -> str:
        """What the code of their citizen card says."""
        sex = "Nữ" if self.female else "Nam"
        return f"{self.number}||{self.name}|0203{self.born}|{sex}|Số 1 Đường Ví Dụ|01052021"

    @property
    def new_card(self) -> str:
        """The same of a card of 2024 and later, with more fields."""
        return f"{self.card}||Nguyễn Thị Mẹ {self.name}|Trần Văn Cha|01012031"

    @property
    def insurance_card(self) -> str:
        """What the code of their insurance card says."""
        named, sex = self.name.encode().hex(), 2 if self.female else 1
        issued = "79 - 034|01/01/2026|-|20/12/2025|7900|-|4|-|x-1|$"
        return f"{self.insurance}|{named}|02/03/{self.born}|{sex}|-|{issued}"


def somebody(n: int, chance: random.Random, *, child: bool = False) -> Person:
    """The n-th person: no two have a number or a name in common."""
    female = chance.random() < 0.5
    born = chance.randrange(2016, 2025) if child else chance.randrange(1938, 2006)
    century = {19: 0, 20: 2}[born // 100] + female
    province = chance.choice(("001", "031", "079", "046"))
    given, rest = MARK.capitalize(), n
    for _ in range(3):
        rest, letter = divmod(rest, len(_LETTERS))
        given += _LETTERS[letter]
    return Person(
        name=f"{chance.choice(_FAMILIES)} {given}",
        number=f"{province}{century}{born % 100:02}{n * 613 % 1_000_000:06}",
        insurance=f"HT379{9_000_000_000 + n * 977:010}",
        phone=f"09{70_000_000 + n * 1_013:08}",
        born=born,
        female=female,
    )


def comes(
    n: int, chance: random.Random, before: Sequence[Person], tokens: Sequence[str]
) -> tuple[Person, list[Happening]]:
    """The n-th person, and what they do. before: who was here; tokens: on the tickets of some of them."""
    kind = chance.choice(
        ("card",) * 5 + ("new", "insured", "insured", "typed", "form", "child", "number", "again", "ticket")
    )
    person = somebody(n, chance, child=kind == "child")
    begins: list[Happening] = [TapsAny(0, 1), Taps(ForWhom(chance.choice((Who.ME, Who.RELATIVE))))]
    match kind:
        case "new":
            does: list[Happening] = [Scans(person.new_card)]
        case "insured":
            does = [Scans(person.insurance_card)]
        case "typed":
            does = [*begins, Types(person.number), Presses("enter")]
        case "form":
            does = [*begins, Taps(Act.FORM), *_fills_in(person)]
        case "child":
            # A guardian's name and telephone follow the child's name and birth.
            grown: list[Happening] = [
                Types(person.name),
                Presses("enter"),
                Types(person.phone),
                Presses("enter"),
            ]
            does = [begins[0], Taps(ForWhom(Who.CHILD)), Taps(Act.FORM), *_fills_in(person)[:4], *grown]
        case "number":
            does = [begins[0], Taps(Act.NUMBERS), TapsAny(chance.random(), 3)]
        case "again" if before:
            person = chance.choice(before)
            does = [Scans(person.card)]
        case "ticket" if tokens:
            does = [Scans(ticket_code.payload(chance.choice(tokens)))]
        case _:
            does = [*begins, Scans(person.card)] if chance.random() < 0.3 else [Scans(person.card)]
    does += [TapsAny(0, 1), TapsAny(chance.random(), 4), TapsAny(chance.random(), 6)]
    return person, [*_disturbed(does, person, chance), *_leaves(chance)]


def _fills_in(person: Person) -> list[Happening]:
    return [
        *(Types(person.name), Presses("enter")),
        *(Types(str(person.born)), Presses("enter")),
        *(Types(person.phone), Presses("enter")),
    ]


def _disturbed(does: Sequence[Happening], person: Person, chance: random.Random) -> list[Happening]:
    """With all that people do beside, and with their impatience."""
    done: list[Happening] = []
    for happening in does:
        done.append(happening)
        if isinstance(happening, Scans) and chance.random() < 0.15:
            done.append(happening)
        if chance.random() < 0.9:
            done.append(LooksOn())
        if chance.random() < 0.15:
            done += _strays(person, chance)
    return done


def _strays(person: Person, chance: random.Random) -> list[Happening]:
    wild: tuple[list[Happening], ...] = (
        [TapsAny(chance.random())],
        [TapsAny(chance.random())],
        [TapsAny(chance.random())],
        [TapsAny(chance.random()), TapsAny(chance.random())],
        [Presses("f2")],
        [Presses("f4")],
        [Presses("f5"), Presses("f3")],
        [Presses("escape")],
        [Taps(Act.PRIORITY)],
        [Taps(Act.HELP), TapsAny(chance.random(), 5)],
        [Taps(Act.NOTICE)],
        [Scans(person.card[: chance.randrange(1, 60)], whole=False)],
        [Scans(person.card[: chance.randrange(4, 60)])],
        [Scans(person.card)],
        [Scans(chance.choice(_USELESS))],
        [Dawdles(), TapsAny(0, 1)],
        [Taps(Press.EMERGENCY), Taps(Press.MISTAKE), Taps(Press.NOBODY_NEEDS_HELP), Taps(Press.LEAVE)],
        [Presses("f9")],
        [Presses("f12"), Types("123456"), Presses("enter"), Presses("escape")],
    )
    return chance.choice(wild)


def _leaves(chance: random.Random) -> list[Happening]:
    """Not everybody does: the next one may scan a card over somebody's page."""
    return list(chance.choice(([], [GoesAway()], [GoesHome()], [GoesHome()])))
