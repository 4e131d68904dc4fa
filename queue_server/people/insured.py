"""What follows from somebody's health insurance (BHYT), for the staff who deal with it. Pure.

Only what the facts decide: the final word is the hospital information system's at the end of the visit.
"""

from queue_server.insurance.meanings import UNKNOWN, Meaning, meaning
from queue_server.people.kept import Person, card_of
from queue_server.protocol.codes import InsuranceStatus
from queue_server.protocol.commands import Insurance
from queue_server.protocol.rows import InsuranceFacts

NOT_INSURED = "9"
HERE = "1.1"
TRANSFERRED = "1.3"
SEEN_AGAIN = "1.5"

EXPIRED = "insurance_expired"
NOT_YET = "insurance_not_yet"


def facts(person: Person, day: str, *, insured: bool, own: str, self_referred: str) -> InsuranceFacts:
    """What staff see of a person's insurance on a service day. The others: as in `suggested`."""
    card = person.insurance or Insurance()
    says = _meaning(person)
    return InsuranceFacts(
        card=card_of(person),
        valid_from=card.valid_from,
        valid_until=card.valid_until,
        facility=card.facility,
        transfer=card.transfer,
        revisit=card.revisit,
        suggested=suggested(person, day, insured=insured, own=own, self_referred=self_referred),
        check=person.check,
        status=says.status,
        advice=says.advice,
    )


def warnings(person: Person, day: str) -> tuple[str, ...]:
    """Codes for staff: the card is no longer, or not yet, valid on this day (`YYYY-MM-DD`). Never a refusal:
    a facility receives whoever shows a card (Decree 188/2025/NĐ-CP, articles 37 and 38)."""
    first, last = _validity(person)
    if last and last < day:
        return (EXPIRED,)
    return (NOT_YET,) if first and first > day else ()


def suggested(person: Person, day: str, *, insured: bool, own: str, self_referred: str) -> str:
    """The `MA_DOITUONG_KCB` that follows, a string of the list of Decision 3276/QĐ-BYT (2025); empty where
    the facts do not decide.

    insured: the visit is paid by the insurance. own: this hospital's code with the insurance, empty when the
    site does not say. self_referred: the code for whoever comes without a slip to a hospital of this one's
    level and points; empty when the site does not say. In the list's order, the first that holds:

    - `9` not paid by the insurance;
    - nothing while the card is not valid on this day or the insurance does not confirm it: which code then
      holds is a desk's to find out;
    - `1.1` registered at this hospital;
    - `1.3` with a transfer slip, which nobody who is registered here has;
    - `1.5` with an appointment to be seen again, once it is known that they are registered elsewhere;
    - the hospital's own code for the self-referred, once all three are known not to hold.
    """
    if not insured:
        return NOT_INSURED
    card = person.insurance
    # The card is unknown, another's, expired, revoked or cut short.
    refuted = _meaning(person).status is InsuranceStatus.INVALID
    if card is None or refuted or warnings(person, day):
        return ""
    if own and card.facility == own:
        return HERE
    if card.transfer:
        return TRANSFERRED
    elsewhere = bool(own and card.facility)
    if elsewhere and card.transfer is False and card.revisit:
        return SEEN_AGAIN
    asked = card.transfer is False and card.revisit is False
    return self_referred if elsewhere and asked else ""


def _meaning(person: Person) -> Meaning:
    return meaning(person.check.code) if person.check is not None else UNKNOWN


def _validity(person: Person) -> tuple[str, str]:
    """From and until when, as last heard: the insurance's word before the card's."""
    check, card = person.check, person.insurance
    if check is not None and (check.valid_from or check.valid_until):
        return check.valid_from, check.valid_until
    return (card.valid_from, card.valid_until) if card is not None else ("", "")
