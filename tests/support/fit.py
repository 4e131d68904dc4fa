"""Whether a page fits its screen: what the real widgets drew is held against what they were given to say."""

from textual.app import App
from textual.geometry import Region
from textual.widgets import Static

from queue_server.protocol.codes import Language

SPACELESS = frozenset({Language.ZH, Language.JA, Language.KM})
"""Languages that write a sentence without spaces between words, and break a line nearly anywhere."""


def misfits(app: App[None], language: Language) -> list[str]:
    """What cannot be read on the screen, a line each; empty when everything can."""
    return [
        f"{problem}: {str(widget.visual)!r}"
        for widget in app.screen.query(Static)
        # The hospital's name is known to who stands in it, and ends in three dots where it is long.
        if widget.id != "facility" and (problem := misfit(widget, language))
    ]


def misfit(widget: Static, language: Language) -> str:
    """What is wrong with the room a text has; empty when all of it can be read."""
    visible = widget.region.intersection(widget.screen.region)
    for parent in widget.ancestors:
        if hasattr(parent, "region") and parent.region.area:
            visible = visible.intersection(parent.region)
    if visible != widget.region:
        return f"{widget.region} is cut to {visible}"
    wanted, drawn = str(widget.visual), drawn_by(widget)
    if _run_together(wanted) != _run_together(drawn):
        return f"only {drawn!r} is drawn"
    if language not in SPACELESS and wanted.split() != drawn.split():
        return f"words are torn: {drawn!r}"
    return ""


def drawn_by(widget: Static) -> str:
    """The letters that a widget puts on the screen, line by line, without its border."""
    inner, outer = widget.content_region, widget.region
    crop = Region(inner.x - outer.x, inner.y - outer.y, inner.width, inner.height)
    return "\n".join(strip.text.strip() for strip in widget.render_lines(crop))


def _run_together(text: str) -> str:
    return "".join(text.split())
