"""While the server is asked."""

from kiosk.journey.sending import slow
from kiosk.journey.values import Act, Finding, Looking, Sending
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.layout import listed, numbered
from kiosk.screens.pages.telling import Telling


def waiting(tell: Telling, stage: Sending | Looking | Finding) -> Page:
    """The server is asked; when that takes long, the patient may leave."""
    words = tell.words
    if not slow(tell.journey, tell.world):
        title = words.sending if isinstance(stage, Sending) else words.looking
        return Page("sending", title, (Line(words.please_wait),))
    title = words.slow if tell.world.online else words.down
    leave = Option(words.leave, Act.HOME, Tone.MAIN)
    return Page("slow", title, (Line(words.kept, Voice.BAND),), numbered(listed((leave,))))


def arranging(tell: Telling) -> Page:
    """The HIS is asked for the room."""
    return Page("arranging", tell.words.arranging, (Line(tell.words.please_wait),), back=False)
