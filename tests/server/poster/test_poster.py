"""The rule for the wall: made of the policy's numbers, one sheet for each way of calling, whole in itself."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from queue_server.cli import app
from queue_server.engine.facility import (
    Accumulating,
    FirstCome,
    HeadStart,
    Policy,
    PolicyHours,
    PriorityFirst,
    Ratio,
    Rule,
)
from queue_server.poster import html, plain, posters, svg
from queue_server.poster.sheets import HEIGHT, MARGIN, WIDTH
from queue_server.protocol.codes import CalledAs
from queue_server.protocol.values import replaced
from queue_server.site import demo, load
from tests.support.hospital import SERVICES, facility

FULL = Policy(PriorityFirst(4), 75, 7, 6, 25, 545, 45)


def told(policy: Policy, service: str = "internal") -> str:
    services = {s.id: replaced(s, policy=policy) for s in SERVICES}
    return " ".join(plain(posters(facility(services=services), service)).split())


@pytest.mark.parametrize(
    ("rule", "vi", "en"),
    [
        (PriorityFirst(4), "không quá 4 người liên tiếp", "no more than 4 in a row"),
        (PriorityFirst(1), "luân phiên, mỗi bên một người", "in turn, one of each"),
        (
            Ratio(3, 2),
            "2 người thuộc diện ưu tiên, rồi 3 người khác",
            "2 with priority, then 3 of the others",
        ),
        (HeadStart(45), "đến sớm hơn 45 phút", "45 minutes earlier"),
        (FirstCome(), "Ai đến trước được gọi trước.", "First come, first called."),
        (
            Accumulating({CalledAs.PRIORITY: 60}, {CalledAs.FASTING: 150}),
            "Người thuộc diện ưu tiên: 60 điểm lúc đến và 100 điểm cho mỗi 100 phút chờ.",
            "People who have to fast: 0 points on arrival and 150 for each 100 minutes.",
        ),
    ],
)
def test_each_rule_is_told_with_its_numbers(rule: Rule, vi: str, en: str) -> None:
    text = told(Policy(rule))
    assert vi in text
    assert en in text


def test_every_number_of_a_policy_is_on_the_wall() -> None:
    text = told(FULL)
    for words in (
        "quá 75 phút",
        "cứ 7 lượt",
        "cứ 6 lượt",
        "25 phút cuối buổi",
        "Đến 9:05",
        "sớm hơn 45 phút",
    ):
        assert words in text, words
    for words in ("more than 75 minutes", "any 7 calls", "any 6 calls", "last 25 minutes", "Until 9:05"):
        assert words in text, words
    assert "trẻ dưới 6 tuổi" in text
    assert "75 and more" in text
    bare = told(Policy(FirstCome(), 0, returning_one_in=0, results_first=0))
    assert "kết quả" not in bare
    assert "không kể giờ nghỉ" not in bare


def test_one_sheet_for_each_way_of_calling() -> None:
    sheets = posters(load(demo()).facility)
    services = [name.vi for sheet in sheets for name in sheet.services]
    assert len(sheets) > 1
    assert len(services) == len(set(services)) == len(load(demo()).facility.services)
    assert [turn.heading.vi for sheet in sheets for turn in sheet.turns if turn.heading] == [
        "Từ 6:00 đến 9:30",
        "Các giờ khác",
    ]


class _Fetches(HTMLParser):
    found: list[str]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [name for name, _ in attributes if name in ("src", "href")]


def test_a_page_fetches_nothing_and_prints_on_a3() -> None:
    page = html(posters(facility()))
    reader = _Fetches()
    reader.found = []
    reader.feed(page)
    assert reader.found == []
    assert "url(" not in page
    assert "size: 297mm 420mm" in page
    assert page.count("<main>") == len(posters(facility()))


def test_the_longest_rule_fits_on_one_sheet_of_paper() -> None:
    gains: dict[CalledAs, int] = dict.fromkeys(CalledAs, 120)
    worst = replaced(FULL, rule=Accumulating({}, gains))
    hours = (PolicyHours(360, 570, FULL), PolicyHours(570, 660, Policy(Ratio(), fasting_until=600)))
    services = {s.id: replaced(s, policy=worst, policy_hours=hours) for s in SERVICES}
    for sheet in posters(facility(services=services)):
        drawn = ET.fromstring(svg(sheet))
        texts = drawn.findall("{http://www.w3.org/2000/svg}text")
        assert max(float(text.attrib["y"]) for text in texts) < HEIGHT - MARGIN / 2
        for text in texts:
            wide = len(text.text or "") * float(text.attrib["font-size"]) * 0.54
            assert wide <= WIDTH - 2 * MARGIN + 1
        assert min(float(text.attrib["font-size"]) for text in texts) > 2


def test_the_command_writes_what_was_asked(tmp_path: Path) -> None:
    site, run = str(demo()), CliRunner().invoke
    page = tmp_path / "wall.html"
    assert run(app, ["policy", "poster", site, "--out", str(page)]).exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    picture = tmp_path / "wall.svg"
    several = run(app, ["policy", "poster", site, "--out", str(picture)])
    assert (several.exit_code, "--service" in several.output) == (2, True)
    assert run(app, ["policy", "poster", site, "--service", "general", "--out", str(picture)]).exit_code == 0
    assert ET.fromstring(picture.read_text(encoding="utf-8")).tag.endswith("svg")
    shown = run(app, ["policy", "poster", site, "--service", "general", "--text"])
    assert re.match("THỨ TỰ GỌI / Who is called next\n", shown.output)
    unknown = run(app, ["policy", "poster", site, "--service", "nowhere"])
    assert (unknown.exit_code, "general" in unknown.output) == (2, True)
    assert run(app, ["policy", "poster", site, "--out", "wall.pdf"]).exit_code == 2
    assert run(app, ["policy", "poster", site, "--out", str(tmp_path / "no" / "wall.html")]).exit_code == 1
