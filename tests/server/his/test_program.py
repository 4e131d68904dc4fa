"""The link's program before it runs."""

import sys
from pathlib import Path

import pytest

from queue_server.his.program import Way, run

SETTINGS = """
memory = "his.sqlite3"
cancel_reason = "cancel-left"

[queue_server]
servers = ["ws://127.0.0.1:9/ws"]
token = "a-token"

[http]
secret = "a-secret-of-sixteen-letters"
"""


def test_without_its_packages_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "his.toml").write_text(SETTINGS)
    monkeypatch.delitem(sys.modules, "queue_server.his.http", raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    said: list[str] = []
    assert run(tmp_path / "his.toml", Way.HTTP, said.append) == 2
    assert said == ["the link cannot start: httpx is not installed; pip install -r requirements/server.txt"]
