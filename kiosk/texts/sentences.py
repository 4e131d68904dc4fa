"""The sentences a kiosk needs. Curly brackets are filled in; every language has them all."""

from collections.abc import Mapping
from dataclasses import dataclass

from queue_server.protocol.codes import GateName, Help, Need, StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """One language. Sentence case, one thought a sentence, said to somebody who is ill and in a hurry."""

    # On every screen
    own_name: str
    back: str
    home: str
    more: str
    letters_large: str
    letters_normal: str
    contrast: str
    aloud: str
    aloud_key: str
    language_title: str

    # Beginning
    welcome_title: str
    welcome_hint: str
    start: str
    no_card: str
    emergency: str
    who_title: str
    who_me: str
    who_child: str
    who_relative: str

    # Scanning and typing
    scan_me: str
    scan_child: str
    scan_relative: str
    scan_hint: str
    scan_type: str
    scan_name: str
    problems: Mapping[str, str]
    problem_then: str
    type_title: str
    type_wrong: str
    type_old: str
    type_done: str
    erase: str
    line_title: str
    line_hint: str
    zone_title: str
    zone_hint: str
    digits_title: str
    digits: Mapping[str, str]

    # The form of somebody without a card; tables by who the patient is
    form_name: Mapping[str, str]
    form_name_wrong: str
    form_born: Mapping[str, str]
    form_born_hint: Mapping[str, str]
    form_born_wrong: str
    form_phone: Mapping[str, str]
    form_phone_hint: str
    form_phone_wrong: str
    form_guardian: str
    form_skip: str
    key_space: str

    # What becomes of what the kiosk is told
    notice_line: str
    notice_why: str
    notice_title: str
    notice_text: str
    notice_done: str

    # Numbers without a card
    numbers_title: str
    numbers_hint: str
    numbers_priority: str
    one_tap_title: str
    one_tap_hint: str

    # Checking
    check_title: str
    check_name: str
    check_year: str
    check_born: str
    check_told: str
    check_change: str
    check_digits: str
    check_phone: str
    check_yes: str
    check_no: str
    priority: str
    priority_papers: str

    # What help they need, for staff to see
    aid_button: str
    aid_other: str
    aid_title: str
    aid_noted: str
    aid: Mapping[Help, str]
    aid_short: Mapping[Help, str]

    # Card after card, for a steward
    steward_title: str
    steward_hint: str
    steward_next: str
    steward_priority: str
    steward_again: str
    steward_refused: str
    steward_last: str
    steward_type: str

    # Choosing
    route_title: str
    referral_title: str
    referral_hint: str
    referral_transfer: str
    referral_revisit: str
    referral_none: str
    exam_title: str
    exam_unsure: str
    exam_later: str
    exam_full: str
    full_title: str
    full_of: str
    stops_today: str
    stopped_now: str
    full_hint: str
    full_afternoon: str
    full_later: str
    full_none: str
    full_desk: str

    # Waiting for the server
    sending: str
    arranging: str
    looking: str
    please_wait: str
    slow: str
    down: str
    kept: str
    leave: str

    # The number
    your_number: str
    go_to: str
    own_number: str
    seen_from: str
    ahead: str
    nobody_ahead: str
    printing: str
    take_paper: str
    take_paper_beside: str
    paper_sent: str
    reprint_mark: str
    paper_reasons: Mapping[str, str]
    paper_unknown: str
    paper_still_good: str
    paper_how: str
    paper_late: str
    done: str
    already_title: str
    already_hint: str
    already_typed: str
    reprint: str

    # An appointment
    booked_title: str
    booked: str
    booked_fact: str
    appointment: str
    came_early: str
    came_late: str

    # A scanned ticket
    visit_title: str
    visit_ended: str
    visit_another: str
    visit_another_title: str
    visit_added: str
    stop_states: Mapping[StepState, str]
    stop_ahead: str
    stop_ready: str
    stop_first: str
    stop_needs: Mapping[Need, str]
    stop_from: str
    stop_not_before: str
    stop_usually_by: str
    missed: str
    rejoin: str
    rejoined: str
    ready: Mapping[GateName, str]
    ready_at: str
    ready_noted: str

    # Turning to a person
    intake_title: str
    intake_text: str
    no_answer_title: str
    no_answer_text: str
    old_ticket_title: str
    old_ticket_text: str
    refused_title: str
    refused_text: str
    no_appointment_title: str
    no_appointment_text: str
    cancelled_title: str
    cancelled_text: str
    another_day_title: str
    another_day_text: str
    closed_title: str
    closed_text: str
    refused_here_title: str
    refused_here_text: str

    # Somebody needs help
    emergency_button: str
    help_title: str
    help_do: str
    help_alone: str
    help_telling: str
    help_told: str
    help_seen: str
    help_seen_by: str
    help_mistake: str
    help_done: str
    help_doubt: str
    help_doubt_text: str
    help_nobody: str
    help_needed: str
    help_taken_back: str
    help_again: str

    # Out of hours, or closed by an attendant
    asleep_title: str
    asleep_tomorrow: str
    asleep_text: str
    shut_title: str
    shut_reasons: Mapping[str, str]
    shut_text: str

    # Are you still there?
    warning_title: str
    warning_text: str
    warning_stay: str

    # How the kiosk itself is
    link_online: str
    link_degraded: str
    link_down: str
    link_refused: str
