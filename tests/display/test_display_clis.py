"""The command lines: help that helps, and the environment as an alternative."""

import pytest
from typer import Typer
from typer.testing import CliRunner

from display.board import cli as board
from display.console import cli as console


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (
            board.cli,
            ["--server", "--hall", "--token", "--language", "--voice", "DENLUOT_SERVER", "DENLUOT_TOKEN"],
        ),
        (console.cli, ["--server", "--token", "--clinic", "--role", "--language", "DENLUOT_ROLE", "F1"]),
    ],
    ids=["board", "console"],
)
def test_help(program: Typer, words: list[str]) -> None:
    result = CliRunner().invoke(program, ["--help"])
    assert result.exit_code == 0
    for word in words:
        assert word in result.output


@pytest.mark.parametrize("program", [board.cli, console.cli], ids=["board", "console"])
def test_what_is_missing_is_named(program: Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DENLUOT_SERVER", raising=False)
    result = CliRunner().invoke(program, ["--token", "x"])
    assert result.exit_code == 2
    assert "--server" in result.output
