"""The hospital's own codes: appointments, papers of the HIS, patient cards. The site gives their shapes."""

from collections.abc import Sequence

from kiosk.identity.values import HospitalCode, Shape

LONGEST = 128
"""Characters of a code that is compared: far more than any has, and too few for a careless pattern to take
its time over."""


def read(text: str, shapes: Sequence[Shape]) -> tuple[HospitalCode, ...]:
    """What this is by each shape it fits, in their order."""
    if len(text) > LONGEST:
        return ()
    codes = []
    for shape in shapes:
        found = shape.pattern.fullmatch(text)
        if found is None:
            continue
        code = found["code"] if "code" in shape.pattern.groupindex else found[0]
        if code:
            codes.append(HospitalCode(shape.kind, shape.name, code))
    return tuple(codes)
