"""How a desk looks: each part of the screen as styled text. Pure."""

from collections.abc import Collection, Iterable, Sequence

from rich.text import Text

from display import blocks, texts
from display.console import about, words
from display.console.desk import SEES_THE_HOUSE, Desk, of, sign_of
from display.console.needs import needs
from display.console.offers import Offer
from display.console.offers.papers import papers
from display.console.words import EXPLAINED, KEY_NAMES, Action
from queue_server.client import Link, LinkState
from queue_server.protocol.codes import (
    AlertKind,
    ClinicState,
    Grant,
    Lane,
    Language,
    PortalState,
    PresenceKind,
    StepState,
)
from queue_server.protocol.labels import Label
from queue_server.protocol.questions import AppointmentLine, VisitTold
from queue_server.protocol.rows import (
    Alert,
    ClinicStep,
    FacilityCard,
    FacilityClinic,
    FacilityReason,
    FacilityVisit,
    HallCard,
    Name,
)

FAINT = "#a9b7c9"
STRONG = "bold #ffffff"
NUMBER = "bold #ffe14d"
KEY = "bold #000000 on #ffe14d"
WARNING = "bold #000000 on #ffb000"
ALARM = "bold #ffffff on #b3261e"
_LANE_STYLES = {Lane.URGENT: ALARM, Lane.PRIORITY: "bold #ffd27d", Lane.RETURNING: "bold #8fd3ff"}
_PORTAL_TROUBLE = (PortalState.AWAY, PortalState.ACCOUNT_REFUSED)
_STATE_STYLES = {
    ClinicState.OPEN: "bold #000000 on #7fe0a0",
    ClinicState.PAUSED: WARNING,
    ClinicState.DRAINING: WARNING,
    ClinicState.CLOSED: "bold #ffffff on #5a6678",
}
HAND_ROWS = 5
"""Rows of the part that shows the one in hand, on a small screen; a large one has more."""


def styled(text: str, style: str = "") -> Text:
    """A piece whose style ends with it, whatever is appended."""
    return Text().append(text, style)


def header(desk: Desk, link: Link, age: float | None, width: int) -> Text:
    """Which place, who works here, how many wait; the clock and the link at the right."""
    left = Text()
    card = desk.card
    if card is None:
        place = desk.place(desk.clinic) if desk.clinic else desk.say(words.CHOOSE_CLINIC)
        left.append(f" {place} ", STRONG)
        left.append(desk.say(words.NOT_LOADED) if desk.clinic else "", FAINT)
    else:
        left.append(f" {desk.say(card.name)} ", STRONG)
        left.append(f" {desk.say(texts.CLINIC_STATES[card.state])} ", _STATE_STYLES[card.state])
        if card.news_at and card.state is ClinicState.PAUSED:
            left.append(f" {desk.say(texts.NEWS_AT, time=desk.time(card.news_at))}")
        left.append(f"  {desk.say(words.WAITING, n=card.waiting)} · {desk.say(words.SERVED, n=card.served)}")
        if card.session_ends and card.finishable is not None and card.finishable < card.waiting:
            left.append(
                f" · {desk.say(words.FINISHABLE, n=card.finishable, time=desk.time(card.session_ends))}"
            )
        people = ", ".join(desk.practitioner(who) for who in card.practitioners)
        left.append(f"  {people}" if people else "", FAINT)
    whole = desk.facility.get("facility")
    if isinstance(whole, FacilityCard) and whole.offline:
        left.append(f"  {desk.say(words.OFFLINE_VISITS, n=whole.offline)}", "#ffd27d")
    right = link_words(desk, link, age)
    if age is not None:
        right.append(f"  {desk.time(desk.now)} ", STRONG)
    left.truncate(max(0, width - right.cell_len - 1), overflow="ellipsis")
    left.append(" " * max(1, width - left.cell_len - right.cell_len))
    return left + right


def link_words(desk: Desk, link: Link, age: float | None) -> Text:
    """Whether the screen is live, and how old it is when not."""
    if link.state is LinkState.ONLINE and not link.degraded and (age is None or age < 15):
        return styled(desk.say(words.ONLINE), "#7fe0a0")
    if link.state is LinkState.ONLINE and link.degraded:
        return styled(f" {desk.say(words.DEGRADED)} ", WARNING)
    told = desk.say(words.OFFLINE, age=texts.age(age or 0, desk.language))
    if link.slow:
        told = f"{told} – {desk.say(texts.close_reason(link.code))}"
    return styled(f" {told} ", WARNING)


def emergency(desk: Desk) -> Text:
    """What this screen is asked to answer, above everything else; empty when there is nothing."""
    loud, lines = desk.calls_for_help, []
    for alert in loud:
        lines.append(styled(f" ⚠ {desk.say(words.EMERGENCY_AT, place=where(desk, alert))} ", ALARM))
        told = words.EMERGENCY_PRESSED if alert.heard_at is None else words.EMERGENCY_LATE
        age = texts.age(max(0, desk.now - alert.at) / 1000, desk.language)
        facts = styled(f"   {desk.say(told, time=desk.since(alert.at), age=age)}", ALARM)
        facts.append(f" {desk.say(words.EMERGENCY_TOLD)}" if alert.escalated and not alert.to else "", ALARM)
        lines.append(facts)
    if loud:
        lines.append(styled(f"   {desk.say(words.EMERGENCY_KEY)} ", KEY))
    for alert in desk.emergencies:
        if alert.withdrawn_at is not None:
            note = desk.say(words.EMERGENCY_TAKEN_BACK, place=where(desk, alert), time=desk.since(alert.at))
            lines.append(styled(f" {note} ", WARNING))
    return Text("\n").join(lines)


def _alert(desk: Desk, alert: Alert) -> str:
    """What somebody has to see to, and where."""
    said = needs(desk, alert, where(desk, alert))
    return said or f"{desk.say(texts.ALERTS[alert.kind])} – {_subject(desk, alert)}"


def _subject(desk: Desk, alert: Alert) -> str:
    """What an alert is about; of a kiosk's own numbers also which one two people hold."""
    place = desk.place(alert.subject)
    two = alert.kind is AlertKind.OFFLINE_TICKETS and alert.detail
    return f"{place}: {alert.detail.upper()}" if two else place


def where(desk: Desk, alert: Alert) -> str:
    """What an alert is about and in which hall that is."""
    hall = desk.facility.get(f"hall:{alert.hall}")
    place = desk.place(alert.subject)
    if not isinstance(hall, HallCard):
        return place
    return f"{place} · {desk.say(hall.name)}, {desk.say(hall.floor)}"


def alerts(desk: Desk) -> Text:
    """What somebody has to see to, one line; empty when there is nothing."""
    above = desk.emergencies
    told = [f"{_alert(desk, alert)} ({desk.since(alert.at)})" for alert in desk.alerts if alert not in above]
    # Two of the same minute and kind read the same here; each is seen to by itself.
    once = "; ".join(dict.fromkeys(told))
    line = styled(f" {desk.say(words.ALERTS_OPEN, what=once)} ", ALARM) if told else Text()
    for note in _to_decide(desk):
        line.append(" " if line else "").append_text(styled(f" {note} ", WARNING))
    return line


def _to_decide(desk: Desk) -> Iterable[str]:
    """What waits for somebody's decision, but is no alarm."""
    for proposal in desk.proposals:
        count = sum(1 for line in proposal.lines if line.clinic)
        yield desk.say(words.ALERT_PROPOSAL, n=count, clinic=desk.place(proposal.clinic))
    if desk.role in SEES_THE_HOUSE and (loose := papers(desk)):
        yield desk.say(words.ALERT_PAPERS, n=len(loose))
    if desk.differences:
        yield desk.say(words.ALERT_DIFFERENCES, n=len(desk.differences))


def hand(desk: Desk, width: int, rows: int = HAND_ROWS) -> Text:
    """The one in hand, large: number, name, birth year; or the visit that was scanned."""
    step = desk.hand
    lines: list[Text]
    if desk.chosen is not None and (step is None or step.visit != desk.chosen.visit):
        number, lines = desk.chosen.number, _chosen(desk)
    elif step is not None:
        number, lines = sign_of(step), _facts(desk, step)
    else:
        return _nobody(desk)
    scale = blocks.fit(number, min(width // 2, 60), rows - 1)
    if scale is None:
        return Text("\n").join([styled(f" {number}", NUMBER), *lines])
    drawn = blocks.draw(number, *scale)
    columns = len(drawn[0])
    made = []
    for row in range(max(len(drawn), len(lines))):
        line = styled(" ")
        line.append((drawn[row] if row < len(drawn) else "").ljust(columns), NUMBER)
        line.append("   ")
        if row < len(lines):
            line += lines[row]
        line.truncate(width, overflow="ellipsis")
        made.append(line)
    return Text("\n").join(made)


def _nobody(desk: Desk) -> Text:
    text = styled(f" {desk.say(words.NOBODY_IN_HAND)}", STRONG)
    card = desk.card
    if card is None:
        return Text()
    if card.waiting and card.state in (ClinicState.OPEN, ClinicState.DRAINING):
        text.append(f"\n {desk.say(words.PRESS_SPACE)}", FAINT)
    elif card.why_empty:
        text.append(f"\n {desk.say(words.EMPTY)}: {words.why_empty(card.why_empty, desk.language)}", FAINT)
    return text


def _chosen(desk: Desk) -> list[Text]:
    chosen = desk.chosen
    if chosen is None:
        return []
    known = desk.name(chosen.visit)
    name = styled(chosen.name or about.called(desk, known), STRONG)
    if chosen.birth_year:
        name.append(f"  {chosen.birth_year}", STRONG)
    lines = [styled(desk.say(words.CHOSEN, number=chosen.number), FAINT), name]
    card = desk.visit
    if card is not None:
        lane = styled(desk.say(texts.LANES[card.lane]), _LANE_STYLES.get(card.lane, ""))
        end = texts.named(texts.ENDS, card.ended)
        ended = desk.say(words.VISIT_ENDED, end=desk.say(end) if end else card.ended) if card.ended else ""
        lines.append(styled(ended, WARNING) if ended else lane)
    return lines + _person(desk, known)


def _person(desk: Desk, known: Name | None) -> list[Text]:
    """What staff should know of whom it is, warnings first."""
    told = about.short(desk, known) if known is not None else []
    return [styled(line, "bold #ff9d8a" if line.startswith("⚠") else "") for line in told]


def _facts(desk: Desk, step: ClinicStep) -> list[Text]:
    known = desk.name(step.visit)
    name = styled(about.called(desk, known).upper(), STRONG)
    if known and known.birth_year:
        name.append(f"   {known.birth_year}", STRONG)
    turn = styled(desk.service(step.service))
    if step.number != sign_of(step):
        turn.append(f" · {step.number}", FAINT)
    turn.append(" · ").append_text(_lane(desk, step))
    state = [desk.say(texts.STATES[step.state])]
    if step.times_called:
        state.append(desk.say(words.TIMES_CALLED, n=step.times_called))
    if step.external:
        state.append(" ".join(f"{key} {value}" for key, value in sorted(step.external.items())))
    notes = Text("  ").join(_notes(desk, step, in_hand=True))
    about_turn = Text("  ").join([*([notes] if notes.plain else []), styled(" · ".join(state), FAINT)])
    return [name, turn, about_turn, *_person(desk, known)]


def _lane(desk: Desk, step: ClinicStep) -> Text:
    return styled(desk.say(texts.LANES[step.lane]), _LANE_STYLES.get(step.lane, ""))


def _notes(desk: Desk, step: ClinicStep, *, in_hand: bool = False) -> list[Text]:
    """What a nurse has to know of one line, most needed first."""
    notes: list[Text] = []
    if step.state is StepState.PREPARED:
        notes.append(styled(desk.say(texts.STATES[step.state]), "bold #a7f3c0"))
    if step.state is StepState.MISSED:
        notes.append(styled(desk.say(texts.STATES[step.state]), "bold #e3ccff"))
    if step.state is StepState.HELD:
        until = step.held_until
        held = desk.say(words.HELD_UNTIL, time=desk.time(until)) if until else desk.say(words.HELD_READY)
        notes.append(styled(held, "bold #e3ccff"))
    if step.busy:
        notes.append(styled(desk.say(words.BUSY_AT, place=desk.place(step.busy)), "#ffd27d"))
    elif step.presence is not PresenceKind.UNKNOWN:
        notes.append(styled(desk.say(texts.PRESENCES[step.presence]), FAINT))
    notes += [styled(desk.say(texts.GATES[gate]), "bold #ff9d8a") for gate in step.gates]
    notes += [styled(desk.say(texts.HELPS[flag]), "bold #8fd3ff") for flag in step.help]
    if step.grant is Grant.PROVISIONAL:
        notes.append(styled(desk.say(texts.GRANTS[step.grant]), "#ffd27d"))
    notes += [styled(desk.say(texts.NOTES[note]), "#ffd27d") for note in step.notes]
    if step.returning:
        notes.append(styled(desk.say(words.RETURNING), "#8fd3ff"))
    if step.appointment_at:
        notes.append(styled(desk.say(words.APPOINTED, time=desk.time(step.appointment_at)), "#8fd3ff"))
    shut = {gate.value for gate in step.gates}
    needs = [desk.say(texts.NEEDS[need]) for need in step.needs if need.value not in shut]
    if needs:
        notes.append(styled(desk.say(words.NEEDS_NOW, needs=", ".join(needs)), FAINT))
    if step.suggested and not in_hand:
        notes.append(styled(desk.say(words.GO_FIRST, n=step.suggested), FAINT))
    if step.result != "none" and not in_hand:
        notes.append(styled(desk.say(texts.RESULTS[step.result]), "#8fd3ff"))
    if not step.own and not in_hand and not desk.is_pooled(step.service):
        notes.append(styled(desk.say(words.UNBOUND), FAINT))
    return notes


def people(desk: Desk, width: int, height: int) -> Text:
    """The list from those in hand to those who cannot be called yet, scrolled so that the cursor shows."""
    lines: list[Text] = []
    cursor = 0
    single = desk.card is not None and desk.card.places == 1
    for name, steps in desk.sections.items():
        if not steps or (name == "hand" and single):
            continue
        lines.append(styled(f" {desk.say(words.SECTIONS[name])} ({len(steps)})", "bold #8fb7e8"))
        for step in steps:
            if step.key == desk.selected:
                cursor = len(lines)
            lines.append(_stop(desk, step, width) if name == "visit" else _line(desk, step, width))
    if not lines:
        return styled(f" {desk.say(words.EMPTY_LIST)}", FAINT) if desk.card else Text()
    first = max(0, min(cursor - height // 2, len(lines) - height))
    shown = lines[first : first + height]
    left = len(lines) - first - len(shown)
    if left > 0 and shown:
        shown[-1] = styled(f"   {desk.say(words.MORE, n=left + 1)}", FAINT)
    return Text("\n").join(shown)


def _line(desk: Desk, step: ClinicStep, width: int) -> Text:
    selected = step.key == desk.selected
    known = desk.name(step.visit)
    name_width = max(14, min(34, width - 54))
    waited = max(0, desk.now - step.since) // 60_000 if step.since else 0
    line = styled(" ▸ " if selected else "   ", NUMBER)
    line.append(f"{step.order or '·':>2} ", FAINT)
    line.append(f"{sign_of(step):<8}", NUMBER if selected else STRONG)
    name = styled(known.name or known.code if known else "")
    name.truncate(name_width, overflow="ellipsis", pad=True)
    line += name
    line.append(f" {known.birth_year[:4] if known else '':<4} ", FAINT)
    lane = _lane(desk, step)
    lane.truncate(11, overflow="ellipsis", pad=True)
    line += lane
    line.append(f"{waited:>4}' ", "bold #ffd27d" if waited >= 60 else FAINT)
    warned = (
        [styled(f"⚠ {desk.say(words.LOOK_AT_PAPERS)}", "bold #ff9d8a")] if known and known.warnings else []
    )
    line += Text("  ").join([*warned, *_notes(desk, step)])
    line.truncate(width, overflow="ellipsis", pad=selected)
    if selected:
        line.stylize("on #24406b")
    return line


def _stop(desk: Desk, step: ClinicStep, width: int) -> Text:
    """One stop of the chosen visit: which service, where, and what it waits for."""
    selected = step.key == desk.selected
    line = styled(" ▸ " if selected else "   ", NUMBER)
    line.append(f" · {sign_of(step):<8}", NUMBER if selected else STRONG)
    service = styled(desk.service(step.service))
    service.truncate(max(14, min(34, width - 54)), overflow="ellipsis", pad=True)
    line.append_text(service)
    line.append(f" {desk.say(texts.STATES[step.state])}", FAINT)
    place = f"→ {desk.place(step.clinic)}" if step.clinic else ""
    notes = [
        note for note in _notes(desk, step, in_hand=True) if note.plain != desk.say(texts.STATES[step.state])
    ]
    if step.result != "none":
        notes.append(styled(desk.say(texts.RESULTS[step.result]), "#8fd3ff"))
    for piece in (*notes, styled(place)):
        if piece.plain:
            line.append("  ").append_text(piece)
    line.truncate(width, overflow="ellipsis", pad=selected)
    if selected:
        line.stylize("on #24406b")
    return line


def person_lines(desk: Desk, visit: str) -> list[Text]:
    """All that is known of whom a visit is of."""
    known = desk.name(visit)
    return [styled(f" {line}") for line in about.page(desk, known)] if known is not None else []


def reprint_lines(desk: Desk, number: str) -> list[Text]:
    """How a patient gets another ticket."""
    return [styled(f" {desk.say(line, number=number)}") for line in words.REPRINT_LINES]


def key_name(key: str, language: Language) -> str:
    """A key as it is printed on the keyboard."""
    label = KEY_NAMES.get(key)
    return texts.tell(label, language) if label else key


def footer(
    offered: Sequence[Offer],
    waiting: Collection[Action],
    language: Language,
    width: int,
    *,
    resting: bool = False,
) -> Text:
    """Every key that does something now. waiting: actions whose answer is still to come, shown dim.

    resting: the space bar does not count yet; dots stand for its name until it does.
    """
    lines: list[Text] = [Text()]
    about = ""
    for offer in offered:
        piece = Text()
        if offer.about != about:
            about = offer.about
            if about:
                piece.append(f"{about}: ", NUMBER)
        rests = resting and offer.action is Action.CALL_NEXT
        dim = rests or offer.action in waiting
        name = key_name(offer.key, language)
        piece.append("·" * len(name) if rests else name, FAINT if dim else KEY)
        piece.append(f" {texts.tell(offer.words, language)}  ", FAINT if dim else "")
        if lines[-1].cell_len + piece.cell_len > width and lines[-1].cell_len:
            lines.append(Text())
        lines[-1] += piece
    return Text("\n").join(lines)


def help_lines(offered: Sequence[Offer], language: Language) -> list[Text]:
    """All keys in words; those that do something now are bright."""
    now = {offer.action for offer in offered}
    lines = []
    actions = ((key_name(words.KEYS[action], language), action) for action in EXPLAINED)
    rows: Iterable[tuple[str, Label, bool]] = (
        ("↑ ↓ Esc", words.HELP_MOVE, True),
        ("QR", words.HELP_SCAN, True),
        *((key, EXPLAINED[action], action in now) for key, action in actions),
    )
    for key, label, bright in rows:
        line = styled(f" {key:>8}  ", NUMBER if bright else FAINT)
        line.append(texts.tell(label, language), "" if bright else FAINT)
        lines.append(line)
    return lines


def why_lines(desk: Desk, step: ClinicStep) -> list[Text]:
    """Why somebody stands where they stand: counts, facts, what they were told."""
    sign, card = sign_of(step), desk.card
    before = [
        desk.say(label, n=step.before[kind.value])
        for kind, label in texts.CALLED_AS.items()
        if step.before.get(kind.value)
    ]
    if step.order == 1:
        first = desk.say(words.WHY_FIRST, sign=sign)
    elif step.order:
        first = desk.say(words.WHY_BEFORE, sign=sign, who=", ".join(before) or str(step.order - 1))
    else:
        first = desk.say(words.WHY_NOT, sign=sign)
    lines = [styled(f" {first}", STRONG)]
    told = [words.fact(fact, desk.language) for fact in step.facts]
    told += [desk.say(texts.GATES[gate]) for gate in step.gates]
    if step.busy:
        told.append(desk.say(words.BUSY_AT, place=desk.place(step.busy)))
    if step.appointment_at:
        told.append(desk.say(words.WHY_APPOINTMENT, time=desk.time(step.appointment_at)))
    if step.since:
        minutes = max(0, desk.now - step.since) // 60_000
        told.append(desk.say(words.WHY_SINCE, time=desk.time(step.since), n=minutes))
    if step.not_before and step.usually_by:
        told.append(
            desk.say(words.WHY_TOLD, early=desk.time(step.not_before), late=desk.time(step.usually_by))
        )
    if card is not None and card.rule in words.RULES:
        told.append(desk.say(words.WHY_RULE, rule=desk.say(words.RULES[card.rule])))
    return [*lines, *(styled(f" · {line}") for line in told)]


def appointment_lines(desk: Desk, booked: Sequence[AppointmentLine]) -> list[Text]:
    """Today's appointments by their moment: who has come, who has not."""
    lines = []
    for one in booked:
        line = styled(f" {desk.time(one.at)}  ", NUMBER)
        line.append(f"{one.name or desk.say(words.NAME_UNKNOWN)}  {one.birth_year}".rstrip(), STRONG)
        about = [desk.service(one.service)]
        if one.practitioner:
            about.append(desk.practitioner(one.practitioner))
        about += [part for part in (one.code, desk.say(texts.APPOINTMENTS[one.state]), one.number) if part]
        lines.append(line.append(f"  {' · '.join(about)}", FAINT))
    return lines or [styled(f" {desk.say(words.NO_APPOINTMENTS)}", FAINT)]


def overview_lines(desk: Desk) -> list[Text]:
    """Every room in two lines, what waits for a desk, and how the times told held."""
    lines: list[Text] = []
    reasons = {row.reason: row.label for row in of(FacilityReason, desk.facility)}
    for row in of(FacilityClinic, desk.facility):
        head = styled(f" {desk.say(row.name)}  ", STRONG)
        head.append(f" {desk.say(texts.CLINIC_STATES[row.state])} ", _STATE_STYLES[row.state])
        head.append(f"  {desk.say(words.WAITING, n=row.waiting)}")
        if row.expected is not None:
            head.append(f" · {desk.say(words.OVERVIEW_EXPECTED, n=row.expected)}")
        if row.serving:
            head.append(f" · {', '.join(row.serving)}", NUMBER)
        lines.append(head)
        about = [desk.practitioner(who) for who in row.practitioners]
        if row.session_ends:
            about.append(desk.say(words.OVERVIEW_ENDS, time=desk.time(row.session_ends)))
        if row.finishable is not None and row.finishable < row.waiting:
            about.append(desk.say(words.OVERVIEW_FINISHABLE, n=row.finishable))
        if row.insured:
            about.append(desk.say(words.OVERVIEW_INSURED, n=row.insured))
        if row.advice in texts.ADVICE:
            about.append(desk.say(texts.ADVICE[row.advice]))
        if row.courtesy:
            counts = ", ".join(
                f"{desk.say(reasons[code]) if code in reasons else code} {count}"
                for code, count in sorted(row.courtesy.items())
            )
            about.append(desk.say(words.OVERVIEW_COURTESY, what=counts))
        if about:
            lines.append(styled(f"   {' · '.join(about)}", FAINT))
    if desk.portal is not None:
        state = desk.say(texts.PORTAL_STATES[desk.portal.state])
        told = desk.say(words.PORTAL, state=state, time=desk.time(desk.portal.since))
        lines.append(styled(f" {told}", WARNING if desk.portal.state in _PORTAL_TROUBLE else FAINT))
    waits = list(of(FacilityVisit, desk.facility))
    if waits:
        lines.append(styled(f" {desk.say(words.OVERVIEW_WAITS)}", "bold #8fb7e8"))
        lines += [
            styled(f"   {row.number}  {desk.time(row.since)}  {desk.say(texts.WAITS[row.wait])}")
            for row in sorted(waits, key=lambda row: row.since)
        ]
    if desk.held:
        lines.append(styled(f" {desk.say(words.OVERVIEW_ACCURACY)}", "bold #8fb7e8"))
    for service, (judged, broken, held, error) in sorted(desk.held.items()):
        if judged:
            told = desk.say(
                words.ONE_ACCURACY,
                service=desk.service(service),
                n=judged,
                broken=round(100 * broken / judged),
                held=round(100 * held / judged),
                error=round(error / judged),
            )
            lines.append(styled(f"   {told}"))
    return lines


_OF_PAPERS = ("print_issued", "print_changed")


def journal_lines(told: VisitTold, desk: Desk) -> list[Text]:
    """A visit's journal in words, oldest first."""
    reasons = {row.reason: row.label for row in of(FacilityReason, desk.facility)}
    lines = []
    for entry in told.lines:
        of_papers = words.PAPER_REASONS if entry.event in _OF_PAPERS else {}
        why = reasons.get(entry.reason) or of_papers.get(entry.reason)
        label = (
            texts.named(words.PAPER_STATES if entry.event in _OF_PAPERS else {}, entry.change)
            or texts.named(texts.STEP_CHANGES, entry.change)
            or texts.named(texts.VISIT_CHANGES, entry.change)
            or words.EVENTS.get(entry.event)
        )
        line = styled(f" {desk.time(entry.at)}  ", FAINT)
        line.append(desk.say(label) if label else entry.change or entry.event, STRONG)
        about = [
            entry.call_sign,
            desk.service(entry.service) if entry.service else "",
            desk.place(entry.clinic) if entry.clinic else "",
            desk.say(why) if why is not None else entry.reason,
        ]
        line.append("  " + " · ".join(part for part in about if part))
        line.append(f"  ({entry.actor})", FAINT)
        lines.append(line)
    return lines
