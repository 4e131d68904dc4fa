"""What a result code of the portal means to the hospital, and what is to be done about it. Pure.

The codes are those of the portal's `maKetQua`. One that is not in the table is kept as it came and means that
nobody knows: the portal may learn new ones any day.
"""

from enum import StrEnum

from queue_server.protocol.codes import InsuranceAdvice, InsuranceStatus
from queue_server.protocol.values import Value


class Then(StrEnum):
    """What becomes of a look-up after an answer.

    DONE: the portal has spoken. AGAIN: it could not look, ask later. ACCOUNT: it does not take our account,
    which a person has to put right. OURS: it did not understand us, asking again changes nothing.
    """

    DONE = "done"
    AGAIN = "again"
    ACCOUNT = "account"
    OURS = "ours"


class Meaning(Value):
    """status: what staff may rely on. advice: what they do next. then: what we do next."""

    status: InsuranceStatus
    advice: InsuranceAdvice
    then: Then = Then.DONE


_VERIFIED, _UNVERIFIED, _INVALID = (
    InsuranceStatus.VERIFIED,
    InsuranceStatus.UNVERIFIED,
    InsuranceStatus.INVALID,
)

UNKNOWN = Meaning(_UNVERIFIED, InsuranceAdvice.CHECK_BY_HAND)
"""Of a code that is not in the table."""

MEANINGS: dict[str, Meaning] = {
    "000": Meaning(_VERIFIED, InsuranceAdvice.GO_ON),
    # The ministries of defence and of public security keep their own cards: the portal knows only that.
    "001": Meaning(_UNVERIFIED, InsuranceAdvice.CHECK_PAPERS),
    "002": Meaning(_UNVERIFIED, InsuranceAdvice.CHECK_PAPERS),
    "003": Meaning(_VERIFIED, InsuranceAdvice.USE_NEW_CARD),
    "004": Meaning(_VERIFIED, InsuranceAdvice.USE_BOTH_CARDS),
    "010": Meaning(_INVALID, InsuranceAdvice.EXPIRED),
    "050": Meaning(_INVALID, InsuranceAdvice.NOT_FOUND),
    "051": Meaning(_INVALID, InsuranceAdvice.READ_CARD_AGAIN),
    "052": Meaning(_INVALID, InsuranceAdvice.READ_CARD_AGAIN),
    "053": Meaning(_INVALID, InsuranceAdvice.READ_CARD_AGAIN),
    "054": Meaning(_UNVERIFIED, InsuranceAdvice.CHECK_BY_HAND, Then.ACCOUNT),
    "055": Meaning(_UNVERIFIED, InsuranceAdvice.CHECK_BY_HAND, Then.ACCOUNT),
    "060": Meaning(_INVALID, InsuranceAdvice.COMPARE_NAME),
    "061": Meaning(_INVALID, InsuranceAdvice.COMPARE_NAME),
    "070": Meaning(_INVALID, InsuranceAdvice.COMPARE_BIRTH),
    "100": Meaning(_UNVERIFIED, InsuranceAdvice.WAIT, Then.AGAIN),
    "101": Meaning(_UNVERIFIED, InsuranceAdvice.WAIT, Then.AGAIN),
    "110": Meaning(_INVALID, InsuranceAdvice.REVOKED),
    "120": Meaning(_INVALID, InsuranceAdvice.REDUCED),
    "121": Meaning(_INVALID, InsuranceAdvice.REDUCED),
    "122": Meaning(_INVALID, InsuranceAdvice.REDUCED),
    "123": Meaning(_INVALID, InsuranceAdvice.REDUCED),
    "124": Meaning(_INVALID, InsuranceAdvice.REDUCED),
    "130": Meaning(_INVALID, InsuranceAdvice.CHILD_PAPERS),
    "205": Meaning(_UNVERIFIED, InsuranceAdvice.CHECK_BY_HAND, Then.OURS),
    "401": Meaning(_UNVERIFIED, InsuranceAdvice.CHECK_BY_HAND, Then.ACCOUNT),
}


def meaning(code: str) -> Meaning:
    """What a code means."""
    return MEANINGS.get(code, UNKNOWN)
