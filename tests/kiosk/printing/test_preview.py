"""`queue-kiosk preview`: the picture is what the printer gets, and the layout's mistakes are told."""

import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from msgspec import structs
from PIL import Image
from typer.testing import CliRunner

from kiosk import paper
from kiosk.devices.escpos_commands import Interpreter, Raster
from kiosk.identity import ticket_code
from kiosk.layout import STANDARD, load, standard_text
from kiosk.preview import FACILITY, PAPERS, Sample, previews, ticket
from queue_server.protocol.codes import Language

RUN = CliRunner()


@pytest.mark.parametrize("width", PAPERS)
@pytest.mark.parametrize("sample", Sample)
def test_the_picture_is_dot_for_dot_what_the_printer_gets(sample: Sample, width: int, tmp_path: Path) -> None:
    out = tmp_path / "ticket.png"
    RUN.invoke(previews, ["--sample", sample, "--paper", str(width), str(out)], catch_exceptions=False)
    strips = [
        command
        for command in Interpreter().feed(paper.job(ticket(sample), FACILITY, width))
        if isinstance(command, Raster)
    ]
    printed = Image.new("1", (width, sum(strip.rows for strip in strips)), 1)
    top = 0
    for strip in strips:
        printed.paste(strip.picture(), (0, top))
        top += strip.rows
    with Image.open(out) as shown:
        assert (shown.mode, shown.size) == ("1", printed.size)
        assert shown.tobytes() == printed.tobytes()
        [code] = zxingcpp.read_barcodes(shown.convert("L"))
    assert code.text == ticket_code.payload(ticket(sample).token)


def test_each_sample_is_another_ticket() -> None:
    assert len({paper.job(ticket(sample), FACILITY, 576) for sample in Sample}) == len(Sample)


@pytest.mark.parametrize("language", Language)
def test_a_draft_can_be_looked_at_and_says_so(language: Language, tmp_path: Path) -> None:
    out = tmp_path / "ticket.png"
    told = RUN.invoke(previews, ["--language", language, "--sample", "longest", str(out)])
    assert told.exit_code == 0
    drafts = {Language.KM, Language.ZH, Language.KO, Language.JA}
    assert ("Nobody has reviewed" in told.output) == (language in drafts)
    with Image.open(out) as shown:
        spoken = structs.replace(ticket(Sample.LONGEST), language=language)
        assert shown.tobytes() == paper.picture(spoken, FACILITY, 576).tobytes()


def test_the_layout_that_comes_along_can_be_copied_and_used(tmp_path: Path) -> None:
    own, out = tmp_path / "own.toml", tmp_path / "ticket.png"
    assert RUN.invoke(previews, ["--example", str(own)]).exit_code == 0
    assert own.read_text(encoding="utf-8") == standard_text()
    assert load(own) == STANDARD
    assert RUN.invoke(previews, ["--layout", str(own), str(out)]).exit_code == 0
    with Image.open(out) as shown:
        assert shown.tobytes() == paper.picture(ticket(Sample.ORDINARY), FACILITY, 576).tobytes()


def test_mistakes_end_it_with_their_lines(tmp_path: Path) -> None:
    own, out = tmp_path / "own.toml", tmp_path / "ticket.png"
    own.write_text(standard_text().replace('kind = "reprint"', 'kind = "reprnt"'), encoding="utf-8")
    told = RUN.invoke(previews, ["--layout", str(own), str(out)])
    assert told.exit_code == 2
    assert "own.toml:" in told.output
    assert "write reprint" in told.output
    assert not out.exists()
    gone = RUN.invoke(previews, ["--layout", str(tmp_path / "no.toml"), str(out)])
    assert (gone.exit_code, gone.output) == (2, f"{tmp_path / 'no.toml'}: No such file or directory\n")
    assert RUN.invoke(previews, ["--paper", "600", str(out)]).exit_code == 2
    for more in ([], ["--example"]):
        nowhere = RUN.invoke(previews, [*more, str(tmp_path / "no" / "ticket")])
        assert (nowhere.exit_code, nowhere.output) == (
            2,
            f"{tmp_path / 'no' / 'ticket'}: No such file or directory\n",
        )


def test_it_is_a_part_of_queue_kiosk_and_teaches_itself(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "queue-kiosk"
    told = subprocess.run(
        [program, "preview", "--help"], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
    )
    assert "--example my-ticket.toml" in told.stdout
    for option in ("--layout", "--language", "--paper", "--sample"):
        assert option in told.stdout
