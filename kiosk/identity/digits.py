"""Numbers as people type them: in groups, with whatever between them."""

_BETWEEN = str.maketrans("", "", " -.\u00a0\u2010\u2011\u2013\u2014\u202f")


def closed_up(text: str) -> str:
    """Without the spaces, dashes and dots that only group a number."""
    return text.translate(_BETWEEN)
