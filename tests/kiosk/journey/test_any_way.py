"""Whatever people, scanners, printers and servers do in whatever order: nobody is stuck, nothing is left."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import get_args

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from kiosk.identity import InsuranceNumber, Phone
from kiosk.journey import walk
from kiosk.journey.spelling import Mark, Tone
from kiosk.journey.values import (
    Accented,
    Act,
    Answered,
    AskHolder,
    AskWhere,
    Begin,
    Character,
    Check,
    Effect,
    Finding,
    Flag,
    Form,
    ForWhom,
    Happening,
    Issued,
    Journey,
    Looked,
    Looking,
    Paper,
    Printed,
    PrintSlip,
    Ready,
    Scanned,
    Sending,
    Speak,
    Stage,
    Steward,
    Submit,
    TakeExam,
    TakeNumber,
    TakeRoute,
    TheyAre,
    Tick,
    Typing,
    Welcome,
    Who,
    World,
)
from kiosk.screens.pages import Size, page
from queue_server.protocol.codes import (
    GateName,
    Help,
    IdentityKind,
    KioskMode,
    Language,
    PrintState,
    Refusal,
)
from queue_server.protocol.commands import Identity as WireIdentity
from queue_server.protocol.commands import Register
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Done
from tests.support.kiosk_parts import (
    APPOINTMENT_CODE,
    CARD,
    CARD_CODE,
    INSURANCE,
    INSURANCE_CODE,
    NUMBER,
    ONE,
    OTHER_CODE,
    PASSPORT_CODE,
    PERSONAL,
    PHONE,
    TOKEN,
    appointment,
    catalogue,
    state_before_tests,
    ticket,
    ticket_state,
    world,
)

SIZES = (Size(67, 16), Size(56, 44), Size(53, 13), Size(45, 35), Size(80, 24), Size(30, 10))
WRITTEN = ("Bùi Thị Thử", "Lò Văn Mẫu")
"""Names of a child and of who brings it, as they are written into the form."""
SECRETS = (*PERSONAL, *WRITTEN, *(name.split()[0] for name in WRITTEN))
ALREADY = {"visit": "v", "number": "A007", "token": TOKEN}

scans = st.sampled_from(
    [
        CARD_CODE,
        OTHER_CODE,
        INSURANCE_CODE,
        INSURANCE,
        PASSPORT_CODE,
        *PASSPORT_CODE.split(),
        "024123456",
        f"DL:{TOKEN}",
        NUMBER,
        PHONE,
        "079190000123|",
        APPOINTMENT_CODE,
        "nonsense",
        "",
    ]
)
routes = st.sampled_from([route.route for route in catalogue().routes] + ["gone"])
replies = st.one_of(
    st.builds(
        lambda number: Accepted(id="x", seq=1, result=ticket(number)), st.sampled_from(["A001", "H002"])
    ),
    st.just(Accepted(id="x", seq=1, result=Done())),
    st.builds(lambda code: Rejected(id="x", code=code), st.sampled_from(Refusal)),
    st.just(Rejected(id="x", code=Refusal.ALREADY_HERE, facts=dict(ALREADY))),
)
ADDABLE = msgspec.structs.replace(ticket_state(token=TOKEN), may_add=True)
looks = st.sampled_from(
    [
        ticket_state(),
        ticket_state(missed=True),
        ticket_state(token=TOKEN),
        state_before_tests(),
        ADDABLE,
        state_before_tests(missed=True, many=True),
        appointment(),
        appointment(today=False),
        Rejected(id="x", code=Refusal.UNKNOWN_VISIT),
        None,
    ]
)
happenings: st.SearchStrategy[Happening] = st.one_of(
    st.builds(Begin, st.sampled_from(Language)),
    st.builds(Speak, st.sampled_from(Language)),
    st.builds(ForWhom, st.sampled_from(Who)),
    st.builds(Scanned, scans),
    st.builds(Scanned, st.text(max_size=40)),
    st.sampled_from(Act),
    st.builds(Character, st.sampled_from([*"0123456789|- \x00đabhT'", "\u0301", "🙂"])),
    st.builds(Accented, st.sampled_from([*Mark, *Tone])),
    st.builds(
        TheyAre, st.sampled_from([Phone("+84912345678"), InsuranceNumber(PHONE), InsuranceNumber("1")])
    ),
    st.builds(Flag, st.sampled_from(Help)),
    st.builds(TakeNumber, routes, st.booleans()),
    st.builds(TakeRoute, routes),
    st.builds(TakeExam, st.sampled_from([None, "general", "eyes"])),
    st.builds(Ready, st.sampled_from(["5", "7", "99"]), st.sampled_from(GateName)),
    st.builds(Answered, st.integers(0, 12), replies),
    st.builds(Looked, st.integers(0, 12), looks),
    st.builds(
        Printed,
        st.sampled_from([ticket().print, "another/p1"]),
        st.just("A001"),
        st.builds(Paper, st.sampled_from(PrintState), st.sampled_from(["", "paper", "cover", "strange"])),
    ),
    st.just(Tick()),
)
moments = st.lists(st.tuples(happenings, st.integers(0, 30_000), st.booleans()), max_size=40)
HELD_BACK = msgspec.structs.replace(ticket(), pending_until=ticket().printed_at + 2_000)
REPLIES = (
    Accepted(id="x", seq=1, result=ticket()),
    Accepted(id="x", seq=1, result=HELD_BACK),
    Accepted(id="x", seq=1, result=Done()),
    Rejected(id="x", code=Refusal.ALREADY_HERE, facts=dict(ALREADY)),
    Rejected(id="x", code=Refusal.NOT_MISSED),
    Rejected(id="x", code=Refusal.INTAKE_STOPPED),
    Rejected(id="x", code=Refusal.SESSION_FULL, facts={"service": "general", "later_at": ONE}),
)
ELSEWHERE = catalogue(own="79099")
"""Of a hospital at which the insurance card of these tests is not registered."""
WISH = Register(
    payer="fee",
    kind="exam",
    service="general",
    identity=WireIdentity(IdentityKind.CARD, NUMBER, CARD.name or ""),
)
PAPERS = tuple(Paper(state, reason) for state in PrintState for reason in ("", "paper"))


def plausible(journey: Journey, here: World) -> list[Happening]:
    """What may well happen next: the buttons of the page, a scan, and whatever is waited for."""
    stage = journey.stage
    shown = page(journey, here, SIZES[0])
    likely = [option.means for option in shown.options if isinstance(option.means, Happening)]
    likely += [
        Scanned(CARD_CODE),
        Scanned(OTHER_CODE),
        Scanned(INSURANCE_CODE),
        Scanned(f"DL:{TOKEN}"),
        Scanned(APPOINTMENT_CODE),
        Speak(Language.EN),
    ]
    if isinstance(stage, Typing):
        likely += [*map(Character, NUMBER), Act.ENTER, *map(Scanned, PASSPORT_CODE.split())]
    if isinstance(stage, Form):
        likely += [key.means for row in shown.letters for key in row if isinstance(key.means, Happening)]
        likely += [*map(Scanned, (*WRITTEN, "1956", "052024", PHONE)), *([Act.ENTER] * 20)]
    if isinstance(stage, Check) and stage.recall.wish is not None:
        likely += [
            Looked(stage.recall.wish, state) for state in (ticket_state(token=TOKEN), appointment(), None)
        ] * 2
    if isinstance(stage, Finding):
        likely += [Looked(stage.wish, told) for told in (appointment(), appointment(today=False), None)] * 4
    if isinstance(stage, Sending):
        likely += [Answered(stage.wish, reply, WISH) for reply in REPLIES] * 3
    if isinstance(stage, Looking):
        likely += [
            Looked(stage.wish, state)
            for state in (ADDABLE, ticket_state(missed=True), state_before_tests(many=True), None)
        ] * 4
    if isinstance(stage, Steward):
        likely += [Answered(one.wish, reply, WISH) for one in stage.handed for reply in REPLIES]
    if isinstance(stage, Issued):
        likely += [Printed(stage.ticket.print, "A045", paper) for paper in PAPERS]
    return likely


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 20_000), st.booleans()), max_size=40),
    st.sampled_from(KioskMode),
)
def test_likely_ways_lead_home_and_leave_nothing(way: list[tuple[int, int, bool]], mode: KioskMode) -> None:
    journey, now, printed, wished = walk.begin(Language.VI, 0), 0, 0, 0
    for choice, pause, online in way:
        now += pause
        here = world(now, online=online, offer=ELSEWHERE, mode=mode, card_route="insured-exam")
        journey, by_itself = walk.step(journey, Tick(), here)
        likely = plausible(journey, here)
        journey, pressed = walk.step(journey, likely[choice % len(likely)], here)
        effects = (*by_itself, *pressed)
        event("stage " + type(journey.stage).__name__)
        printed += sum(isinstance(effect, PrintSlip) for effect in effects)
        wished += sum(isinstance(effect, Submit) for effect in effects)
        assert printed <= wished
        for size in SIZES:
            page(journey, here, size)
        if isinstance(journey.stage, Sending | Issued | Welcome):
            assert is_clean(journey)
        home, _ = walk.step(journey, Act.HOME, here)
        assert home.stage == Welcome()
        assert is_clean(home)


MOMENTS = {"touched", "since", "leave_at"}
"""Fields with milliseconds, which may look like the end of any number."""


def texts(value: object) -> Iterator[str]:
    """Every text that hangs on a value, however deep."""
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif is_dataclass(value):
        for each in fields(value):
            if each.name not in MOMENTS:
                yield from texts(getattr(value, each.name))
    elif hasattr(value, "__struct_fields__"):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name))


def is_clean(journey: Journey) -> bool:
    said = "\n".join(texts(replace(journey, wishes=0)))
    return not any(secret in said for secret in SECRETS)


@settings(max_examples=400, deadline=None)
@given(moments, st.sampled_from(KioskMode))
def test_any_way_leads_home_and_leaves_nothing(
    way: list[tuple[Happening, int, bool]], mode: KioskMode
) -> None:
    journey, now, wishes, slips = walk.begin(Language.VI, 0), 0, 0, 0
    for happening, pause, online in way:
        now += pause
        here = world(now, online=online, mode=mode)
        before = journey
        journey, effects = walk.step(journey, happening, here)

        for size in SIZES:
            shown = page(journey, here, size)
            ways = shown.options or shown.letters or shown.back or shown.pad
            assert ways or shown.name in ("closed", "issued")
        assert all(effect.wish > wishes for effect in asked(effects))
        wishes = max([wishes, *(effect.wish for effect in asked(effects))])
        printed = [effect for effect in effects if isinstance(effect, PrintSlip)]
        if printed:
            # Paper comes only for who stands there and wished for it, or to the steward who wished for them.
            assert isinstance(happening, Answered)
            if mode is KioskMode.STEWARD and isinstance(before.stage, Welcome | Steward):
                assert type(journey.stage) is type(before.stage)
            else:
                assert isinstance(before.stage, Sending)
                assert isinstance(journey.stage, Issued)
            slips += 1
        if isinstance(journey.stage, Sending | Issued | Welcome):
            assert is_clean(journey)

        home, _ = walk.step(journey, Act.HOME, here)
        assert is_clean(home)
        assert home.stage == Welcome()
        assert home.language is Language.VI
    for seconds in range((2 * walk.SLOW_PAGES + walk.WARNING) // 1000 + 1):
        journey, _ = walk.step(journey, Tick(), world(now + 1000 * seconds, mode=mode))
    # A steward goes on when the next ones come.
    assert isinstance(journey.stage, Welcome | Steward)
    assert is_clean(journey)
    assert slips <= len(way)


def asked(effects: tuple[Effect, ...]) -> list[Submit | AskWhere | AskHolder]:
    return [effect for effect in effects if isinstance(effect, Submit | AskWhere | AskHolder)]


@settings(max_examples=200, deadline=None)
@given(moments)
def test_pressing_back_again_and_again_arrives_at_the_beginning(
    way: list[tuple[Happening, int, bool]],
) -> None:
    journey = walk.begin(Language.VI, 0)
    for happening, _, online in way:
        journey, _ = walk.step(journey, happening, world(0, online=online))
    for _ in range(12):
        journey, _ = walk.step(journey, Act.BACK, world(0))
    assert journey.stage == Welcome()


def test_a_stage_does_not_show_who_it_is_about_when_it_is_printed() -> None:
    journey = walk.begin(Language.VI, 0)
    for happening in (
        Scanned(CARD_CODE),
        Looked(1, None),
        Act.AGREE,
        TakeRoute("fee-exam"),
        TakeExam(None),
    ):
        journey, effects = walk.step(journey, happening, world())
        said = repr((journey, effects, happening))
        assert not any(personal in said for personal in PERSONAL)


def test_a_ticket_s_code_is_not_shown_when_a_stage_is_printed() -> None:
    """With it anybody reads where its holder is awaited."""
    journey = walk.begin(Language.VI, 0)
    already = Rejected(id="x", code=Refusal.ALREADY_HERE, facts=dict(ALREADY))
    for happening in (
        Scanned(CARD_CODE),
        Looked(1, ticket_state(token=TOKEN)),
        Act.AGREE,
        Act.REPRINT,
        Answered(2, Accepted(id="x", seq=1, result=ticket())),
        Scanned(f"DL:{TOKEN}"),
        Looked(3, ADDABLE),
        Act.ANOTHER,
        TakeExam("eyes"),
        Answered(4, already),
    ):
        journey, effects = walk.step(journey, happening, world())
        assert TOKEN not in repr((journey, effects, happening)), type(happening)


def test_the_form_does_not_show_what_is_filled_in_when_it_is_printed() -> None:
    journey = walk.begin(Language.VI, 0)
    for happening in (
        Begin(Language.VI),
        ForWhom(Who.CHILD),
        Act.FORM,
        Scanned(WRITTEN[0]),
        Scanned("1990"),
        Act.SKIP,
        Scanned(WRITTEN[1]),
        Act.AGREE,
        TakeRoute("fee-exam"),
        TakeExam(None),
    ):
        journey, effects = walk.step(journey, happening, world())
        said = repr((journey, effects, happening))
        assert not any(secret in said for secret in SECRETS)
    assert isinstance(journey.stage, Sending)
    assert is_clean(journey)


def test_every_stage_is_reached_by_these_tests() -> None:
    reached: set[type[Stage]] = set()
    ways: list[list[Happening]] = [
        [Begin(Language.VI), ForWhom(Who.ME), Act.TYPE],
        [Act.NUMBERS],
        [Scanned(CARD_CODE), Looked(1, None), Act.AGREE, TakeRoute("fee-exam"), TakeExam(None)],
        [
            Scanned(CARD_CODE),
            Looked(1, None),
            Act.AGREE,
            TakeRoute("fee-tests"),
            Answered(2, Accepted(id="x", seq=1, result=ticket())),
        ],
        [
            Scanned(CARD_CODE),
            Looked(1, None),
            Act.AGREE,
            TakeRoute("fee-tests"),
            Answered(2, Accepted(id="x", seq=1, result=HELD_BACK)),
        ],
        [
            Scanned(CARD_CODE),
            Looked(1, None),
            Act.AGREE,
            TakeRoute("fee-tests"),
            Answered(2, Rejected(id="x", code=Refusal.ALREADY_HERE, facts=dict(ALREADY))),
            Looked(3, None),
        ],
        [
            Scanned(CARD_CODE),
            Looked(1, None),
            Act.AGREE,
            TakeRoute("fee-exam"),
            TakeExam("general"),
            Answered(2, REPLIES[-1], WISH),
        ],
        [Scanned(f"DL:{TOKEN}"), Looked(1, ADDABLE), Act.ANOTHER],
        [Begin(Language.VI), ForWhom(Who.ME), Act.FORM, Act.NOTICE],
        [Scanned(PHONE)],
        [Scanned(f"DL:{TOKEN}"), Looked(1, None)],
        [Scanned(APPOINTMENT_CODE), Looked(1, appointment())],
    ]
    ways.append([Scanned(INSURANCE_CODE), Looked(1, None), Act.AGREE])
    for way in ways:
        journey = walk.begin(Language.VI, 0)
        reached.add(type(journey.stage))
        for happening in way:
            journey, _ = walk.step(journey, happening, world(offer=ELSEWHERE))
            reached.add(type(journey.stage))
    handing, _ = walk.step(walk.begin(Language.VI, 0), TakeRoute("fee-exam"), world(mode=KioskMode.STEWARD))
    reached.add(type(handing.stage))
    assert reached == set(get_args(Stage))
