from datetime import date

import pytest

from queue_server.people import age_group
from queue_server.protocol.codes import AgeGroup

UNDER, ORDINARY, ELDER, UNKNOWN = AgeGroup.UNDER_6, AgeGroup.ORDINARY, AgeGroup.FROM_75, AgeGroup.UNKNOWN


@pytest.mark.parametrize(
    ("birth", "today", "group"),
    [
        ("2019-05-17", "2025-05-16", UNDER),
        ("2019-05-17", "2025-05-17", ORDINARY),
        ("1950-05-17", "2025-05-16", ORDINARY),
        ("1950-05-17", "2025-05-17", ELDER),
        ("2020-02-29", "2026-02-28", UNDER),
        ("2020-02-29", "2026-03-01", ORDINARY),
        ("1952-02-29", "2027-02-28", ELDER),
        ("1952-02-29", "2027-02-27", ORDINARY),
        ("2019", "2025-12-30", UNDER),
        ("2019", "2025-12-31", ORDINARY),
        ("1950", "2025-01-01", ELDER),
        ("1951", "2025-12-31", ORDINARY),
        ("2019-05", "2025-05-30", UNDER),
        ("2019-05", "2025-05-31", ORDINARY),
        ("1950-05", "2025-05-01", ELDER),
        ("1950-05", "2025-04-30", ORDINARY),
        ("2025-05-17", "2025-05-17", UNDER),
        ("2025-05-18", "2025-05-17", UNKNOWN),
        ("2023-02-31", "2025-05-17", UNKNOWN),
        ("2023-13", "2025-05-17", UNKNOWN),
        ("0000", "2025-05-17", UNKNOWN),
        ("", "2025-05-17", UNKNOWN),
    ],
)
def test_ages_count_by_the_calendar_and_doubt_favours_the_patient(
    birth: str, today: str, group: AgeGroup
) -> None:
    assert age_group(birth, date.fromisoformat(today)) is group
