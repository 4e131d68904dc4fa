"""The ticket's letters: which font draws which script, how wide words are, where a line may break.

Be Vietnam Pro is drawn for Vietnamese (SIL Open Font License): every accent of every letter stays apart in
one-bit print. The scripts of the other languages come from Noto Sans, installed with the extra `languages`.
"""

import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import as_file, files
from importlib.util import find_spec

from PIL import Image, ImageDraw, ImageFont, features

from queue_server.protocol.codes import Language

BEARING = 4
"""Dots by which a letter may reach out of its own width."""

BREAK = "\u200b"
"""Where a Khmer sentence, which has no spaces between words, may go on in the next line. It has no width."""

# Vietnamese capitals carry two marks on top of each other: less than this and lines touch. Khmer hangs
# letters below letters.
_LINE, _TALL_LINE = 1.3, 1.9

_KHMER = "\u1780-\u17ff\u19e0-\u19ff"
_EASTERN = "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
_RUNS = {
    Language.KM: re.compile(f"[{_KHMER}]+"),
    **dict.fromkeys((Language.ZH, Language.KO, Language.JA), re.compile(f"[{_EASTERN}]+")),
}
_HAS_KHMER = re.compile(f"[{_KHMER}]")

_CJK = ("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc")
_FILES = {
    Language.KM: ("fontpkg_noto_sans_khmer", "files/NotoSansKhmer[wdth,wght].ttf"),
    Language.ZH: _CJK,
    Language.KO: _CJK,
    Language.JA: _CJK,
}
# The order of the languages in the collection; Japan, Korea and China write the same character differently.
_FACES = {Language.JA: 0, Language.KO: 1, Language.ZH: 2}
# The same size looks smaller: Khmer leaves room above and below, and characters are full of strokes.
_LARGER = {Language.KM: 1.2, Language.ZH: 1.1, Language.KO: 1.1, Language.JA: 1.1}
_INK_OR_NONE = [255 * (value > 127) for value in range(256)]
_MEDIUM, _BOLD = 500.0, 700.0
_WIDTH = 100.0

# No line begins with a dash.
_SPACE = re.compile(r"\s+(?![\s–])")

# Han and kana break between any two characters, but for these.
_IDEOGRAPH = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_NEVER_FIRST = frozenset("、。，．：；！？）」』】〉》”’…‥ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ・%％")
_NEVER_LAST = frozenset("（「『【〈《“‘")


def missing(language: Language) -> str:
    """What has to be installed before a ticket can be in this language; empty when nothing has."""
    if language not in _FILES:
        return ""
    if find_spec(_FILES[language][0]) is None:
        return "the fonts of the extra `languages` (pip install '.[kiosk,languages]')"
    if language is Language.KM and not features.check("raqm"):
        return "a Pillow with Raqm, which joins Khmer letters"
    return ""


class Font:
    """One size and weight of the ticket's letters. size: dots of height.

    script: the language whose letters are there beside Vietnamese and English ones.
    """

    def __init__(self, size: int, *, bold: bool, script: Language | None) -> None:
        self.size = size
        self._latin = _latin(size, bold)
        self._other = _other(script, size, bold) if script in _FILES else None
        self._script = script
        self.overhang = math.ceil(size * (0.4 if script is Language.KM else 0.2))
        """Dots by which Ẩ may reach up into the line above, where there is nearly always room."""

    def height(self, line: str) -> int:
        """Dots from this line to the next."""
        return round(self.size * (_TALL_LINE if _HAS_KHMER.search(line) else _LINE))

    @lru_cache(maxsize=4096)  # noqa: B019 -- fonts live as long as the program: `font` keeps them all
    def length(self, text: str) -> float:
        """How wide a text is, in dots."""
        return sum(face.getlength(run) for face, run in self._runs(text))

    def mask(self, line: str) -> Image.Image:
        """A line's ink, kept: drawing letters is nearly all the work of a ticket, and most lines are those of
        the ticket before."""
        size, bits = self._bits(line)
        return Image.frombytes("1", size, bits)

    @lru_cache(maxsize=256)  # noqa: B019 -- as above
    def _bits(self, line: str) -> tuple[tuple[int, int], bytes]:
        # The printer knows no grey, and a dot takes a byte in a picture, a bit in here.
        ink = self.drawn(line).point(_INK_OR_NONE, "1")
        return ink.size, ink.tobytes()

    def drawn(self, line: str) -> Image.Image:
        """The ink of a line that no other ticket has."""
        height = self.height(line) + 2 * self.overhang
        mask = Image.new("L", (math.ceil(self.length(line)) + 2 * BEARING, height))
        pen, x, baseline = ImageDraw.Draw(mask), float(BEARING), self.overhang + self.size
        for face, run in self._runs(line):
            pen.text((x, baseline), run, fill=255, font=face, anchor="ls")
            x += face.getlength(run)
        return mask

    def _runs(self, text: str) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        text, start = text.replace(BREAK, ""), 0
        if self._other is not None and self._script is not None:
            for found in _RUNS[self._script].finditer(text):
                if found.start() > start:
                    yield self._latin, text[start : found.start()]
                yield self._other, found[0]
                start = found.end()
        if start < len(text):
            yield self._latin, text[start:]


def figure(number: str, height: int, room: int) -> Image.Image:
    """A number as large as it fits: no higher than `height`, no wider than `room`, and no room around it:
    digits and capitals have no marks and no tails."""
    widest = _latin(height, bold=True).getlength(number)
    face = _latin(max(1, min(height, int(height * room / max(widest, 1)))), bold=True)
    _, top, _, bottom = map(round, face.getbbox(number, anchor="ls"))
    ink = Image.new("L", (math.ceil(face.getlength(number)) + 2 * BEARING, bottom - top))
    ImageDraw.Draw(ink).text((BEARING, -top), number, fill=255, font=face, anchor="ls")
    return ink


@cache
def font(size: int, *, bold: bool, script: Language | None = None) -> Font:
    """The ticket's letters, `size` dots high."""
    return Font(size, bold=bold, script=script)


@lru_cache(maxsize=1024)
def wrap(text: str, face: Font, room: int) -> tuple[str, ...]:
    """Break a text into lines no wider than `room` dots: between words, within a word if it must be.

    The lines come out about equally long, so that no single word is left over on the last one.
    """
    words = [
        (glue if n == 0 else "", piece)
        for glue, word in _words(text)
        for n, piece in enumerate(_pieces(word, face, room))
    ]
    lines = _filled(words, face, room)
    if len(lines) < 2:
        return tuple(lines)
    narrow, wide = room // 2, room
    while wide - narrow > 8:
        middle = (narrow + wide) // 2
        tried = _filled(words, face, middle)
        if len(tried) > len(lines) or any(face.length(line) > middle for line in tried):
            narrow = middle
        else:
            wide = middle
    return tuple(_filled(words, face, wide))


def _words(text: str) -> Iterator[tuple[str, str]]:
    """What may stand at the start of a line, each with what joins it to what stands before it."""
    for word in _SPACE.split(text.strip()):
        glue = " "
        for part in word.split(BREAK):
            start = 0
            for n in range(1, len(part)):
                if _may_break(part[n - 1], part[n]):
                    yield glue, part[start:n]
                    glue, start = "", n
            if part[start:]:
                yield glue, part[start:]
                glue = ""


def _may_break(before: str, after: str) -> bool:
    is_eastern = _IDEOGRAPH.match(before) or _IDEOGRAPH.match(after)
    return bool(is_eastern) and after not in _NEVER_FIRST and before not in _NEVER_LAST


def _filled(words: list[tuple[str, str]], face: Font, room: int) -> list[str]:
    lines: list[str] = []
    for glue, word in words:
        wider = f"{lines[-1]}{glue}{word}" if lines else word
        if lines and face.length(wider) <= room:
            lines[-1] = wider
        else:
            lines.append(word)
    return lines


def _pieces(word: str, face: Font, room: int) -> Iterator[str]:
    start = 0
    for end in range(1, len(word) + 1):
        if end - start > 1 and face.length(word[start:end]) > room:
            yield word[start : end - 1]
            start = end - 1
    yield word[start:]


@lru_cache(maxsize=16)
def _latin(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    name = "BeVietnamPro-Bold.ttf" if bold else "BeVietnamPro-Medium.ttf"
    with as_file(files("fontpkg_be_vietnam_pro") / "files" / name) as path:
        # The basic engine suffices for composed letters and does the same on every machine.
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=32)
def _other(language: Language, size: int, bold: bool) -> ImageFont.FreeTypeFont:
    package, name = _FILES[language]
    # Khmer letters change their form and place with their neighbours, and only Raqm knows how.
    engine = ImageFont.Layout.RAQM if language is Language.KM else ImageFont.Layout.BASIC
    with as_file(files(package) / name) as path:
        height = round(size * _LARGER[language])
        face = ImageFont.truetype(path, height, index=_FACES.get(language, 0), layout_engine=engine)
    weight = [_BOLD if bold else _MEDIUM]
    face.set_variation_by_axes([*weight, _WIDTH] if language is Language.KM else weight)
    return face
