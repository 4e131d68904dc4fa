"""A ticket on paper, in the words of the site: from what the server said to what a printer is sent."""

from dataclasses import replace

from PIL import Image

from kiosk import layout, letters, raster, slip, texts
from kiosk.journey.catalogue import zone
from kiosk.layout import STANDARD, Template
from queue_server.protocol.codes import Lane, Language
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import CatalogueFacility

NAME = "Đến Lượt"

_NOWHERE = Place(label=Label(vi="", en=""), hall=Label(vi="", en=""), floor=Label(vi="", en=""))
_BLANK = Ticket(
    visit="",
    number="A000",
    token="0" * 16,
    print="",
    place=_NOWHERE,
    lane=Lane.PRIORITY,
    printed_at=0,
    ahead=0,
)

_ENGLISH = {name: words["en"] for name, words in slip.DEFAULT_TEXTS.items()}


def job(
    ticket: Ticket, facility: CatalogueFacility | None, width: int, template: Template = STANDARD
) -> bytes:
    """The whole print job, ending with the question whether it was printed. width: dots across the paper."""
    return raster.encode(picture(ticket, facility, width, template))


def warm_up(width: int, template: Template = STANDARD) -> None:
    """Load the printer library (0.4 s) and draw the words of every ticket (0.1 s) before the first patient
    stands there."""
    job(_BLANK, None, width, template)


def picture(
    ticket: Ticket, facility: CatalogueFacility | None, width: int, template: Template = STANDARD
) -> Image.Image:
    """The ticket as the printer gets it, one bit a dot."""
    script = spoken(ticket.language)
    return raster.draw(blocks(ticket, facility, template), width, script)


def spoken(language: Language) -> Language:
    """What a ticket says beside Vietnamese to one who reads this language: English where its letters are not
    installed."""
    return Language.EN if letters.missing(language) else language


def blocks(
    ticket: Ticket, facility: CatalogueFacility | None, template: Template = STANDARD
) -> tuple[slip.Block, ...]:
    """The slip in the site's own words; without them (the link went before they came) in ours."""
    language = spoken(ticket.language)
    if facility is None:
        told = slip.slip_of(ticket, Label(vi=NAME, en=NAME), zone(""))
        return layout.arrange(told, _words(language, None), template, language)
    told = slip.slip_of(ticket, facility.name, zone(facility.time_zone))
    if facility.ticket_url:
        told = replace(told, code=f"{facility.ticket_url}{ticket.token}")
    return layout.arrange(told, _words(language, facility), template, language)


def _words(language: Language, facility: CatalogueFacility | None) -> dict[str, slip.Words]:
    """The ticket's words by name: the site's, where it has its own, else ours.

    A word that the site gives in one language only keeps ours in the other; those who read a third language
    read the site's English, as our translation says something else.
    """
    said = texts.ticket_words(language, _ENGLISH)
    words: dict[str, slip.Words] = {
        name: {**ours, **({language: said[name]} if name in said else {})}
        for name, ours in slip.DEFAULT_TEXTS.items()
    }
    if facility is not None:
        for name in {*facility.texts_vi, *facility.texts_en}:
            ours = slip.DEFAULT_TEXTS.get(name, {})
            vi, en = facility.texts_vi.get(name), facility.texts_en.get(name)
            words[name] = {"vi": vi or ours.get("vi", ""), "en": en or ours.get("en", "")}
    return words
