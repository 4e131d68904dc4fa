r"""How the hospital's own codes look: regular expressions simple enough to be compared in no time.

A shape is letters, digits and - _ / :, `\.` and `\|`, sets as `[0-9]`, counts as `{6}`, `{4,8}` or `?`, and
at most one group `(?P<code>…)` around the part that is the code. At most two counts may vary: with more, a
code that almost fits could keep a kiosk comparing for minutes.
"""

import re
from collections.abc import Sequence

from queue_server.engine.facility import CodeShape
from queue_server.protocol.codes import CodeKind
from queue_server.site.mistakes import Notes
from queue_server.site.reading import Table

LONGEST = 32
"""Characters of a code, as the wire has room for."""
MOST_VARYING = 2

_LIKE = "as in pattern = 'TK[0-9]{6}'"
_PIECE = re.compile(
    r"(?P<one>\[[A-Za-z0-9_/:-]+\]|\\[.|]|[A-Za-z0-9_/:-])"
    r"(?:\{(?P<least>[0-9]{1,2})(?:,(?P<most>[0-9]{1,2}))?\}|(?P<maybe>\?))?"
)
_OPENS, _CLOSES = "(?P<code>", ")"
_APPOINTMENTS = re.compile(r"[A-Za-z0-9./_\[\]\\{},?-]*")
_NEVER = {
    "001300000000": "a citizen number",
    "GD4797900000001": "an insurance number",
}
_TYPED_TOO = {
    "0912345678": "a telephone or insurance number",
    "012345678": "an old identity number",
}
"""Numbers that a patient's number may look like: the kiosk asks. An appointment's code goes in unasked."""


def read(tables: Sequence[Table]) -> tuple[CodeShape, ...]:
    """All entries of `[[code]]`; whatever is wrong is noted there."""
    shapes: dict[str, CodeShape] = {}
    for table in tables:
        shape = CodeShape(
            table.code("name", like='"appointment"'),
            table.choice("kind", CodeKind, CodeKind.APPOINTMENT),
            table.text("pattern", like="'TK[0-9]{6}'", longest=100),
        )
        if "kind" not in table:
            known = ", ".join(kind.value for kind in CodeKind)
            table.notes.mistake(table.at("kind"), "is missing", f"write one of {known}")
        if shape.name in shapes and not table.notes.wrong(table.at("name")):
            table.notes.mistake(table.at("name"), f'"{shape.name}" is there twice', "rename one of them")
        if not table.notes.wrong(table.at("pattern")):
            _examine(table, shape)
        shapes[shape.name] = shape
        table.close()
    return tuple(shapes.values())


def _examine(table: Table, shape: CodeShape) -> None:
    where, notes = table.at("pattern"), table.notes
    found = pieces(shape.pattern)
    if found is None:
        advice = f"write letters, digits, - _ / : \\. and \\|, sets as [0-9] and counts as {{6}}, {_LIKE}"
        notes.mistake(where, "this is no shape of a code", advice)
        return
    varying, longest, code = found
    try:
        looks = re.compile(shape.pattern)
    except re.error:
        notes.mistake(where, "this is no shape of a code", f"write the smaller end first, {_LIKE}")
        return
    if varying > MOST_VARYING:
        problem = f"{varying} counts of this vary: comparing could take minutes"
        notes.mistake(where, problem, f"write fixed counts such as {{6}}; at most {MOST_VARYING} may vary")
    if longest > LONGEST:
        problem = f"this may be {longest} characters long"
        notes.mistake(where, problem, f"put (?P<code>…) around the code itself, {LONGEST} characters at most")
    if shape.kind is CodeKind.APPOINTMENT and not _APPOINTMENTS.fullmatch(code):
        notes.mistake(where, "an appointment's code has no : or |", "put (?P<code>…) around the code itself")
    _tell_apart(where, notes, shape.kind, looks)


def _tell_apart(where: tuple[str | int, ...], notes: Notes, kind: CodeKind, looks: re.Pattern[str]) -> None:
    others = _NEVER | (_TYPED_TOO if kind is CodeKind.APPOINTMENT else {})
    for number, known in others.items():
        if looks.fullmatch(number):
            advice = f"let the hospital's codes begin with a letter, {_LIKE}"
            notes.mistake(where, f"{known} looks like this too", advice)


def pieces(pattern: str) -> tuple[int, int, str] | None:
    """How many counts vary, how long the code may be, and the pattern of the code itself; None for what is no
    shape."""
    opened, _, rest = pattern.partition(_OPENS)
    code, _, after = rest.partition(_CLOSES)
    if _OPENS in pattern and not rest.count(_CLOSES):
        return None
    parts = (opened, code, after) if _OPENS in pattern else ("", pattern, "")
    counted = [_counted(part) for part in parts]
    if not parts[1] or any(count is None for count in counted):
        return None
    known = [count for count in counted if count is not None]
    return sum(varying for varying, _ in known), known[1][1], parts[1]


def _counted(part: str) -> tuple[int, int] | None:
    varying = longest = at = 0
    while at < len(part):
        piece = _PIECE.match(part, at)
        if piece is None:
            return None
        least = 0 if piece["maybe"] else int(piece["least"] or 1)
        most = 1 if piece["maybe"] else int(piece["most"] or piece["least"] or 1)
        varying += least != most
        longest += most
        at = piece.end()
    return varying, longest
