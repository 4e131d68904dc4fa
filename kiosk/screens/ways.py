"""What is at the foot of every page beside the way back: letters, colours, and the page read aloud. Pure."""

from kiosk.journey.values import Act, Journey, Steward, Welcome, World
from kiosk.screens.page import Option
from kiosk.texts import SENTENCES


def ways(journey: Journey, world: World, *, covered: bool = False) -> tuple[Option, ...]:
    """The buttons for whoever reads badly. Letters and colours are chosen at the beginning; the keys F3 to F5
    do the same, colours and voice on every page. A steward has a number to type there instead.

    covered: another page lies over the patient's."""
    words = SENTENCES[journey.language]
    found: list[Option] = []
    if isinstance(journey.stage, Steward) and not covered:
        return (Option(words.steward_type, Act.TYPE),) if journey.stage.typed is None else ()
    if isinstance(journey.stage, Welcome) and not journey.picking and not covered:
        if world.can_resize:
            said = words.letters_normal if world.is_large else words.letters_large
            found.append(Option(said, Act.LETTERS))
        found.append(Option(words.contrast, Act.CONTRAST))
    if journey.language in world.speaks:
        found.append(Option(words.aloud, Act.ALOUD))
    return tuple(found)
