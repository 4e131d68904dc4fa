"""A ticket on paper, in the words of the site: from what the server said to what a printer is sent."""

from dataclasses import replace

from kiosk import raster, slip
from kiosk.journey.catalogue import zone
from queue_server.protocol.labels import Label
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import CatalogueFacility

NAME = "Đến Lượt"


def job(ticket: Ticket, facility: CatalogueFacility | None, width: int) -> bytes:
    """The whole print job, ending with the question whether it was printed. width: dots across the paper."""
    return raster.encode(raster.draw(blocks(ticket, facility), width))


def blocks(ticket: Ticket, facility: CatalogueFacility | None) -> tuple[slip.Block, ...]:
    """The slip in the site's own words; without them (the link went before they came) in ours."""
    if facility is None:
        return slip.layout(slip.slip_of(ticket, Label(vi=NAME, en=NAME), zone("")))
    paper = slip.slip_of(ticket, facility.name, zone(facility.time_zone))
    if facility.ticket_url:
        paper = replace(paper, code=f"{facility.ticket_url}{ticket.token}")
    words = {
        name: {"vi": facility.texts_vi.get(name, ""), "en": facility.texts_en.get(name, "")}
        for name in {*facility.texts_vi, *facility.texts_en}
    }
    # A word the site gives in one language only keeps ours in the other.
    ours = slip.DEFAULT_TEXTS
    kept = {
        name: {language: said or ours.get(name, {}).get(language, "") for language, said in both.items()}
        for name, both in words.items()
    }
    return slip.layout(paper, {**ours, **kept})
