"""The command line, as an IT officer meets it."""

import json
import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from queue_server import logs
from queue_server.app import DATABASE
from queue_server.cli import app
from queue_server.protocol import messages
from queue_server.site import demo, digest
from queue_server.store.sql import SqlStore
from tests.server.edge.test_shutdown import process


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


@pytest.mark.parametrize("command", ["run", "check", "schema", "token", "appointments"])
def test_help_teaches_by_example(command: str) -> None:
    code, said = invoke(command, "--help")
    assert code == 0
    assert f"Example: queue-server {command}" in said


def test_check_explains_every_mistake(tmp_path: Path) -> None:
    code, said = invoke("check", str(demo()))
    assert (code, said.splitlines()[-1]) == (0, f"{demo()}: good")
    assert said.count("the token is readable here") == 1
    assert "more like it: devices.kiosk-2.token, devices.board-1.token" in said
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(demo().read_text("utf-8").replace('role = "board"', 'role = "bord"'), "utf-8")
    code, said = invoke("check", str(wrong))
    assert code == 2
    assert said.splitlines()[-1] == f"{wrong}: 3 mistakes"
    wrong.write_text(demo().read_text("utf-8").replace('"Asia/Ho_Chi_Minh"', '"Asia/Hanoi"'), "utf-8")
    code, said = invoke("check", str(wrong))
    assert said.splitlines()[-1] == f"{wrong}: 1 mistake"
    assert "facility.time_zone" in said.splitlines()[-2]


def test_a_wrong_site_file_keeps_the_server_from_starting(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[facility]\n", "utf-8")
    command = [
        sys.executable,
        "-m",
        "queue_server",
        "run",
        "--site",
        str(wrong),
        "--data",
        str(tmp_path / "data"),
    ]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert str(wrong) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "data").exists()


def test_the_schema_knows_every_message() -> None:
    code, said = invoke("schema")
    document = json.loads(said)
    assert code == 0
    tags = {kind.__struct_config__.tag for kind in (*_union(messages.ToServer), *_union(messages.ToClient))}
    names = {
        found["$ref"].rpartition("/")[2]
        for side in ("to_server", "to_client")
        for found in _refs(document, side)
    }
    assert {document["$defs"][name]["properties"]["type"]["enum"][0] for name in names} == tags
    assert len(_refs(document, "command")) > 30


def _union(kinds: object) -> tuple[type[msgspec.Struct], ...]:
    found: tuple[type[msgspec.Struct], ...] = getattr(kinds, "__args__", ())
    return found


def _refs(document: dict[str, dict[str, dict[str, list[dict[str, str]]]]], side: str) -> list[dict[str, str]]:
    return document["$defs"][side]["oneOf"]


def test_a_token_fits_its_hash() -> None:
    code, said = invoke("token")
    token, sha256 = (line.split()[-1].strip('"') for line in said.splitlines())
    assert code == 0
    assert digest(token) == sha256


def test_the_journal_is_whole_until_somebody_changes_it(tmp_path: Path) -> None:
    with process(tmp_path) as (server, _):
        server.terminate()
        server.wait(10)
    verify = ("journal", "verify", str(demo()), "--data", str(tmp_path))
    assert invoke(*verify) == (0, "the journal is whole\n")
    assert invoke("journal", "verify", str(demo()), "--data", str(tmp_path / "none"))[0] == 1
    database = sqlite3.connect(tmp_path / DATABASE)
    with database:
        database.execute("UPDATE journal SET actor = 'somebody' WHERE seq = 3")
    database.close()
    assert SqlStore(tmp_path / DATABASE, "song-huong", "t").read_chain_break() == 3
    assert invoke(*verify) == (1, "the journal was changed at event 3, or before\n")


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    look = "import sys, queue_server.cli; print({'sqlalchemy', 'websockets', 'msgspec'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert said == "set()\n"


def test_a_log_line_has_its_extras_and_quotes_what_is_not_one_word() -> None:
    record = logging.makeLogRecord(
        {"name": "queue_server.x", "levelname": "INFO", "msg": "ready at %d", "args": (7,), "created": 1.5}
    )
    record.action, record.why = "ready", 'a "word"\n'
    line = logs.Lines().format(record)
    assert line == (
        '1970-01-01T00:00:01.500Z INFO queue_server.x ready at 7 action=ready why="a \\"word\\"\\n"'
    )
