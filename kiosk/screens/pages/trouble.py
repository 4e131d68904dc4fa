"""Not possible here: to whom to turn."""

from kiosk.journey.values import Act, Stopped, Trouble
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.layout import listed, numbered
from kiosk.screens.pages.telling import Telling


def stopped(tell: Telling, stage: Stopped) -> Page:
    """What is not possible here, and who helps."""
    words = tell.words
    title, text = {
        Trouble.INTAKE: (words.intake_title, words.intake_text),
        Trouble.NO_ANSWER: (words.no_answer_title, words.no_answer_text),
        Trouble.OLD_TICKET: (words.old_ticket_title, words.old_ticket_text),
        Trouble.REFUSED: (words.refused_title, words.refused_text),
        Trouble.NO_APPOINTMENT: (words.no_appointment_title, words.no_appointment_text),
        Trouble.CANCELLED: (words.cancelled_title, words.cancelled_text),
        Trouble.ANOTHER_DAY: (words.another_day_title, words.another_day_text),
    }[stage.trouble]
    if stage.at is not None:
        title = title.format(day=tell.clock(stage.at, "%d/%m/%Y"), time=tell.clock(stage.at))
    code = (Line(stage.code.value, Voice.QUIET),) if stage.code is not None else ()
    done = numbered(listed((Option(words.done, Act.HOME, Tone.MAIN),)))
    return Page("stopped", title, (Line(text, Voice.NOTICE), *code), done)
