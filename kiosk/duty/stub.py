"""The slip of a printer's test: that it prints, cuts, and keeps the tone marks and the code readable."""

from datetime import datetime

from kiosk import raster
from kiosk.slip import Band, Block, Code, Size, Text
from kiosk.texts import attendant


def job(kiosk: str, at: datetime, width: int) -> bytes:
    """The whole print job. width: dots across the paper."""
    return raster.encode(raster.draw(blocks(kiosk, at), width))


def blocks(kiosk: str, at: datetime) -> tuple[Block, ...]:
    """From top to bottom. The code is no ticket's: whoever scans it is told so."""
    title, test = attendant.STUB_TITLE, attendant.STUB_TEST
    return (
        Band((title.vi, title.en)),
        Text(kiosk, Size.TITLE, bold=True),
        Text(f"{at:%H:%M  %d/%m/%Y}", Size.BODY),
        Text(attendant.STUB_MARKS, Size.HEADLINE, bold=True),
        Code(f"DLTEST:{kiosk.upper()}:{at:%Y%m%d%H%M}"),
        Text(test.vi, Size.NOTE),
        Text(test.en, Size.NOTE),
    )
