"""The entries `[[code]]`: how the hospital's own codes look, and that none keeps a kiosk busy."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server import site
from queue_server.engine.facility import CodeShape
from queue_server.protocol.codes import CodeKind
from queue_server.site.shapes import pieces

SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")


def written(folder: Path, *codes: str) -> Path:
    file = folder / "site.toml"
    file.write_text("\n".join([SMALL, *codes, ""]), encoding="utf-8")
    return file


def code(pattern: str, kind: str = "appointment", name: str = "hen") -> str:
    return f'[[code]]\nname = "{name}"\nkind = "{kind}"\npattern = \'{pattern}\'\n'


def test_a_site_without_codes_has_none(tmp_path: Path) -> None:
    assert site.load(written(tmp_path)).facility.codes == ()


@pytest.mark.parametrize("pattern", ["TK[0-9]{6}", "[A-Z]{2}-?[0-9]{4,8}", r"H\.[0-9]{3}", "[0-9]{8}"])
def test_a_site_says_how_its_appointments_look(tmp_path: Path, pattern: str) -> None:
    shapes = site.load(written(tmp_path, code(pattern))).facility.codes
    assert shapes == (CodeShape("hen", CodeKind.APPOINTMENT, pattern),)


@pytest.mark.parametrize(
    "pattern", ["[0-9]{10}", "BN:(?P<code>[0-9]{8})", r"HS\|(?P<code>[A-Z0-9]{4,20})\|[0-9]"]
)
@pytest.mark.parametrize("kind", ["hospital_card", "his_paper"])
def test_a_patients_number_may_look_like_a_telephones(tmp_path: Path, pattern: str, kind: str) -> None:
    (shape,) = site.load(written(tmp_path, code(pattern, kind))).facility.codes
    assert (shape.kind, shape.pattern) == (kind, pattern)


def test_a_site_has_as_many_shapes_as_it_has_codes(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        code("TK[0-9]{6}"),
        code("[0-9]{10}", "hospital_card", "the"),
        code("CD-[0-9]{9}", "his_paper", "phieu"),
    )
    assert [shape.name for shape in site.load(file).facility.codes] == ["hen", "the", "phieu"]


@pytest.mark.parametrize(
    ("pattern", "kind", "problem", "advice"),
    [
        ("(a+)+", "his_paper", "no shape of a code", "sets as [0-9]"),
        ("TK.*", "his_paper", "no shape of a code", "sets as [0-9]"),
        ("(TK|HS)[0-9]", "his_paper", "no shape of a code", "sets as [0-9]"),
        ("(?P<code>[0-9]{4}", "his_paper", "no shape of a code", "sets as [0-9]"),
        ("TK[9-0]{6}", "his_paper", "no shape of a code", "the smaller end first"),
        ("TK[0-9]{6,3}", "his_paper", "no shape of a code", "the smaller end first"),
        ("A?A?A?A?A?A?", "his_paper", "6 counts of this vary", "at most 2 may vary"),
        ("[0-9]{1,9}[0-9]{1,9}[0-9]{1,9}", "his_paper", "3 counts of this vary", "at most 2 may vary"),
        ("TK[0-9]{40}", "his_paper", "42 characters long", "32 characters at most"),
        ("[0-9]{12}", "hospital_card", "a citizen number looks like this too", "begin with a letter"),
        ("[A-Z]{2}[0-9]{13}", "hospital_card", "an insurance number looks like this too", "with a letter"),
        ("[0-9]{8,10}", "appointment", "a telephone or insurance number looks", "with a letter"),
        ("[0-9]{9}", "appointment", "an old identity number looks like this too", "with a letter"),
        ("TK:[0-9]{6}", "appointment", "no : or |", "around the code itself"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(
    tmp_path: Path, pattern: str, kind: str, problem: str, advice: str
) -> None:
    file = written(tmp_path, code(pattern, kind))
    found = [mistake for mistake in site.check(file) if problem in mistake.problem]
    assert found, site.check(file)
    assert advice in found[0].advice
    assert file.read_text("utf-8").splitlines()[found[0].line - 1].startswith("pattern")


@pytest.mark.parametrize("key", ["name", "kind", "pattern"])
def test_all_three_keys_are_needed(tmp_path: Path, key: str) -> None:
    lines = [line for line in code("TK[0-9]{6}").splitlines() if not line.startswith(key)]
    (mistake,) = site.check(written(tmp_path, "\n".join(lines)))
    assert key in str(mistake)
    assert "missing" in mistake.problem


def test_kinds_and_names_are_checked(tmp_path: Path) -> None:
    (mistake,) = site.check(written(tmp_path, code("TK[0-9]{6}", "apointment")))
    assert "appointment" in mistake.advice
    (mistake,) = site.check(written(tmp_path, code("TK[0-9]{6}"), code("HS[0-9]{6}", "his_paper")))
    assert mistake.problem == '"hen" is there twice'


@given(
    st.from_regex(r"(?:\[[a-z]\]|[a-z])(?:\{[0-9]{1,2}(?:,[0-9]{1,2})?\}|\?)?", fullmatch=True),
    st.integers(1, 6),
)
def test_whatever_is_taken_is_compared_in_no_time(piece: str, times: int) -> None:
    found = pieces(piece * times)
    if found is None or found[0] > 2:
        return
    try:
        looks = re.compile(piece * times)
    except re.error:
        return
    letter = piece.strip("[")[0]
    began = time.perf_counter()
    looks.fullmatch(letter * 127 + "!")
    assert time.perf_counter() - began < 1
