"""What is said of an appointment, wherever it is."""

from typing import assert_never

from kiosk.screens.page import Line, Voice
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.codes import Punctuality
from queue_server.protocol.labels import Label


def appointed(tell: Telling, at: int, service: Label) -> Line:
    """When and what for the appointment is."""
    said = tell.words.appointment.format(time=tell.clock(at), service=tell.label(service))
    return Line(said, Voice.FACT)


def came(tell: Telling, punctuality: Punctuality) -> tuple[Line, ...]:
    """What somebody is told who did not come around their time."""
    match punctuality:
        case Punctuality.EARLY:
            return (Line(tell.words.came_early, Voice.NOTICE),)
        case Punctuality.LATE:
            return (Line(tell.words.came_late, Voice.NOTICE),)
        case Punctuality.ON_TIME:
            return ()
        case _:
            assert_never(punctuality)
