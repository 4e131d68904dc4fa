"""Who may import whom: the contracts of pyproject.toml, and what they cannot say."""

import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("queue_server", "kiosk", "display")

# A library is met in these rooms only; the rest of the house sees what they make of it.
HOMES = {
    "sqlalchemy": {"queue_server.store", "queue_server.his.view", "queue_server.his.program"},
    "sqlmodel": {"queue_server.store"},
    "alembic": {"queue_server.store"},
    "sqlite3": {"queue_server.store", "queue_server.his.keep"},
    "psycopg": {"queue_server.store"},
    "websockets": {
        "queue_server.app",
        "queue_server.client.connection",
        "queue_server.listener",
        "queue_server.outlet",
        "queue_server.pages",
    },
    "textual": {"kiosk", "display"},
    "escpos": {"kiosk.devices", "kiosk.raster"},
    "starlette": {"queue_server.his.http"},
    "uvicorn": {"queue_server.his.http"},
    "httpx": {"queue_server.his.http", "queue_server.insurance.portal"},
    "serial": {"kiosk.devices"},
    "PIL": {"kiosk"},
    "qrcode": {"kiosk"},
}

# Values in, values out: these rooms have neither clock nor chance, and neither wait nor reach out.
PURE = {
    "queue_server.client.conversation",
    "queue_server.client.replica",
    "queue_server.engine",
    "queue_server.his.link",
    "queue_server.his.mirror",
    "queue_server.insurance.meanings",
    "queue_server.insurance.port",
    "queue_server.protocol",
    "queue_server.session",
    "queue_server.views",
    "kiosk.identity",
    "kiosk.journey",
    "kiosk.slip",
}
IMPURE = {
    "asyncio",
    "concurrent",
    "http",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def _is_in(module: str, rooms: set[str]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)


def test_the_contracts_hold() -> None:
    # A process of its own, because the linter sets up logging for the whole one it runs in.
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_in_its_room(graph: grimp.ImportGraph, library: str) -> None:
    if library not in graph.modules:
        return
    strangers = {
        importer
        for importer in graph.find_modules_that_directly_import(library)
        if not _is_in(importer, HOMES[library])
    }
    assert not strangers


@pytest.mark.parametrize("room", sorted(PURE))
def test_a_pure_room_has_no_clock_no_chance_and_no_reach(graph: grimp.ImportGraph, room: str) -> None:
    imported = {
        (module, name)
        for module in graph.modules
        if _is_in(module, {room})
        for name in graph.find_modules_directly_imported_by(module)
    }
    assert {(module, name) for module, name in imported if name.split(".")[0] in IMPURE} == set()


@pytest.mark.parametrize(
    ("room", "libraries"), [("queue_server.engine", set()), ("queue_server.protocol", {"msgspec"})]
)
def test_engine_and_protocol_are_light(graph: grimp.ImportGraph, room: str, libraries: set[str]) -> None:
    allowed = sys.stdlib_module_names | libraries | {"queue_server"}
    heavy = {
        (module, name)
        for module in graph.modules
        if _is_in(module, {room})
        for name in graph.find_modules_directly_imported_by(module)
        if name.split(".")[0] not in allowed
    }
    assert not heavy


def _loaded_by(module: str) -> set[str]:
    code = f"import {module}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    asked = subprocess.run(
        [sys.executable, "-c", code], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(asked.stdout.split())


HEAVY = {"alembic", "escpos", "psycopg", "sqlalchemy", "sqlite3", "sqlmodel", "textual", "websockets"}


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("queue_server.engine", HEAVY | {"asyncio"}),
        ("queue_server.protocol", HEAVY | {"asyncio"}),
        ("queue_server.client", HEAVY - {"websockets"}),
    ],
)
def test_importing_it_loads_nothing_heavy(module: str, heavy: set[str]) -> None:
    assert _loaded_by(module) & heavy == set()
