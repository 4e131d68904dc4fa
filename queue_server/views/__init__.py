"""(day) -> the rows each topic shows. Pure; what a screen may know is decided here and nowhere else.

Hall rows are built from numbers and places only: the row types have no field for anything else, and a
discreet clinic is in no hall at all. `names:` topics are fed by the people room, not from here.
"""

from collections.abc import Callable, Iterable

from queue_server.engine.model import Day
from queue_server.protocol.rows import Row
from queue_server.views.accuracy import accuracy_rows
from queue_server.views.catalogue import catalogue_rows, kiosk_rows
from queue_server.views.clinics import LONGEST_LINE, clinic_rows
from queue_server.views.devices import devices_rows
from queue_server.views.facility import facility_rows
from queue_server.views.halls import hall_rows
from queue_server.views.his import TOPIC as HIS
from queue_server.views.his import his_changes, his_rows
from queue_server.views.printers import printer_rows
from queue_server.views.shared import COARSE_ABOVE, coarse, sign
from queue_server.views.touched import touched, urgent
from queue_server.views.visits import journey_rows, stops, visit_rows

__all__ = [
    "COARSE_ABOVE",
    "HIS",
    "LONGEST_LINE",
    "Rows",
    "coarse",
    "his_changes",
    "rows",
    "sign",
    "stops",
    "touched",
    "urgent",
]

Rows = dict[str, Row]


def rows(day: Day, topic: str) -> Rows | None:
    """All rows of a topic by key, or None when the facility has no such topic."""
    kind, _, name = topic.partition(":")
    build = _BUILDERS.get(kind)
    made = build(day, name) if build else None
    return None if made is None else {made_row.key: made_row for made_row in made}


_BUILDERS: dict[str, Callable[[Day, str], Iterable[Row] | None]] = {
    "hall": hall_rows,
    "clinic": clinic_rows,
    "facility": facility_rows,
    "devices": devices_rows,
    "catalogue": catalogue_rows,
    "kiosk": kiosk_rows,
    "printer": printer_rows,
    "journey": journey_rows,
    HIS: his_rows,
    "visit": visit_rows,
    "accuracy": accuracy_rows,
}
