"""How the project's environment is made: which means, which index, which wheel, and when nothing is to do."""

import hashlib
import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts import environment
from scripts.environment import Machine, Means, Platform

X86 = Platform("x86_64", (2, 36))
PIP = (sys.executable, "-m", "pip")


# Which means


def test_uv_on_the_path_comes_first() -> None:
    machine = Machine(uv="/usr/bin/uv", venv=True, ensurepip=True, pip=PIP)
    assert environment.means_of(machine) == [Means.UV, Means.VENV, Means.PIP, Means.FETCHED_UV]


def test_then_venv_with_its_own_pip() -> None:
    machine = Machine(uv=None, venv=True, ensurepip=True, pip=PIP)
    assert environment.means_of(machine) == [Means.VENV, Means.PIP, Means.FETCHED_UV]


def test_debian_without_python3_venv_uses_the_pip_outside() -> None:
    machine = Machine(uv=None, venv=True, ensurepip=False, pip=PIP)
    assert environment.means_of(machine) == [Means.PIP, Means.FETCHED_UV]


@pytest.mark.parametrize("pip", [None, PIP])
def test_bare_python_fetches_uv(pip: tuple[str, ...] | None) -> None:
    assert environment.means_of(Machine(uv=None, venv=pip is None, ensurepip=False, pip=pip)) == [
        Means.FETCHED_UV
    ]


def _program(folder: Path, name: str, prints: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{prints}'\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_looking_around_finds_uv_and_pip_by_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    uv = _program(tmp_path, "uv", "uv 0")
    pip = _program(tmp_path, "pip3", "pip 23.0.1 from /usr/lib/python3/dist-packages/pip (python 3.11)")
    found = environment.look_around({"PATH": str(tmp_path)})
    assert found == Machine(uv=str(uv), venv=False, ensurepip=False, pip=(str(pip),))


def test_a_pip_that_cannot_fill_another_environment_is_not_a_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    _program(tmp_path, "pip3", "pip 20.3.4 from /usr/lib/python3/dist-packages/pip (python 3.9)")
    assert environment.look_around({"PATH": str(tmp_path)}).pip is None


# Which index


def test_the_index_is_the_configured_one() -> None:
    pip = {"index-url": "http://from.pip.conf/simple"}
    assert environment.index_url({}, pip) == "http://from.pip.conf/simple"
    assert environment.index_url({"PIP_INDEX_URL": "http://pip/simple"}, pip) == "http://pip/simple"
    both = {"PIP_INDEX_URL": "http://pip/simple", "UV_DEFAULT_INDEX": "http://uv/simple"}
    assert environment.index_url(both, pip) == "http://uv/simple"
    assert environment.index_url({}, {}) is None


def test_uv_is_told_what_pip_is_told() -> None:
    told = environment.uv_environ(
        {"PIP_INDEX_URL": "http://pip/simple", "PIP_CERT": "/ca.pem", "VIRTUAL_ENV": "/x"}, {}
    )
    assert told["UV_DEFAULT_INDEX"] == "http://pip/simple"
    assert told["SSL_CERT_FILE"] == "/ca.pem"
    assert "VIRTUAL_ENV" not in told


def test_pip_files_are_read_in_pips_own_order(tmp_path: Path) -> None:
    user = tmp_path / ".config" / "pip" / "pip.conf"
    user.parent.mkdir(parents=True)
    user.write_text("[global]\nindex-url = http://user/simple\n", encoding="utf-8")
    named = tmp_path / "named.conf"
    named.write_text("[global]\nindex-url = http://named/simple\n", encoding="utf-8")
    environ = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(named)}
    assert environment.pip_files(environ)[-2:] == [user, named]
    assert environment.pip_settings(environ)["index-url"] == "http://named/simple"
    assert environment.pip_files({"HOME": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}) == []


# Which wheel of uv


@pytest.mark.parametrize(
    ("machine", "wheel"),
    [
        (X86, "uv-1.2.3-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        (Platform("aarch64", (2, 36)), "uv-1.2.3-py3-none-manylinux_2_28_aarch64.whl"),
        (Platform("aarch64", (2, 17)), None),
        (Platform("aarch64", None), "uv-1.2.3-py3-none-musllinux_1_1_aarch64.whl"),
        (Platform("sparc64", (2, 36)), None),
    ],
)
def test_the_wheel_fits_the_machine(machine: Platform, wheel: str | None) -> None:
    links = [
        "uv-1.2.3.tar.gz",
        "uv-1.2.2-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "uv-1.2.3-py3-none-win_amd64.whl",
        "uv-1.2.3-py3-none-musllinux_1_1_aarch64.whl",
        "uv-1.2.3-py3-none-manylinux_2_28_aarch64.whl",
        "uv-1.2.3-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ]
    assert environment.wheel_for_this_machine(links, "1.2.3", machine) == wheel


def test_the_pins_name_uv_and_its_wheels() -> None:
    version, hashes = environment.pinned_uv(environment.pins("dev").read_text(encoding="utf-8"))
    assert version.count(".") == 2
    assert len(hashes) > 5


class _Index:
    """A package index on loopback that has one wheel of uv; what it was asked for is kept."""

    def __init__(self) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as wheel:
            wheel.writestr("uv-1.2.3.data/scripts/uv", "#!/bin/sh\necho uv 1.2.3\n")
            wheel.writestr("uv/__init__.py", "")
        self.wheel = packed.getvalue()
        self.asked: list[str] = []

    def answer(self, path: str) -> bytes:
        self.asked.append(path)
        if path == "/simple/uv/":
            file = f"uv-1.2.3-py3-none-manylinux_2_17_{environment.this_machine().processor}.whl"
            return f'<!DOCTYPE html><a href="../../files/{file}#sha256=0">{file}</a>'.encode()
        return self.wheel


@contextmanager
def _serving(index: _Index) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = index.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Keep quiet: the test's own output is the report."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()


def _pin_uv(monkeypatch: pytest.MonkeyPatch, folder: Path, digest: str) -> None:
    (folder / "dev.txt").write_text(f"uv==1.2.3 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    monkeypatch.setattr(environment, "REQUIREMENTS", folder)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_uv_is_fetched_from_the_configured_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = _Index()
    _pin_uv(monkeypatch, tmp_path, hashlib.sha256(index.wheel).hexdigest())
    with _serving(index) as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        uv = environment.fetch_uv(tmp_path)
    assert subprocess.run([uv], capture_output=True, text=True, check=True).stdout == "uv 1.2.3\n"
    assert [path.rsplit("/", 1)[0] for path in index.asked] == ["/simple/uv", "/files"]


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = _Index()
    _pin_uv(monkeypatch, tmp_path, "0" * 64)
    with _serving(index) as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        with pytest.raises(environment.SetupFailed, match=r"not the one that requirements/dev\.txt pins"):
            environment.fetch_uv(tmp_path)
    assert not list(tmp_path.rglob("uv"))


def test_an_index_that_is_not_there_is_said_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pin_uv(monkeypatch, tmp_path, "0" * 64)
    monkeypatch.setenv("PIP_INDEX_URL", "http://clerk:geheim@127.0.0.1:1/simple")
    with pytest.raises(environment.SetupFailed, match="did not answer") as failure:
        environment.fetch_uv(tmp_path)
    assert "geheim" not in str(failure.value)


# When nothing is to do


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that stands as made by the present pins."""
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(environment, "ENVIRONMENT", folder)
    pins = tmp_path / "requirements"
    pins.mkdir()
    for profile in environment.COVERS[environment.DEV]:
        (pins / f"{profile}.txt").write_text(f"# {profile}\n", encoding="utf-8")
    monkeypatch.setattr(environment, "REQUIREMENTS", pins)
    stamp = {name: environment.digest(name) for name in environment.COVERS[environment.DEV]}
    (folder / environment.STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    return folder


def test_what_stands_is_left_alone(made: Path) -> None:
    assert environment.is_current(environment.DEV)
    assert environment.is_current(environment.PROGRAMS)


def test_new_pins_are_noticed(made: Path) -> None:
    environment.pins(environment.DEV).write_text("# newer\n", encoding="utf-8")
    assert not environment.is_current(environment.DEV)
    assert environment.is_current(environment.PROGRAMS)


def test_another_python_is_noticed(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version", "3.99")
    assert not environment.is_current(environment.DEV)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"dev": 1}'])
def test_a_spoilt_stamp_means_setting_up_again(made: Path, content: str) -> None:
    (made / environment.STAMP).write_text(content, encoding="utf-8")
    assert not environment.is_current(environment.DEV)


def test_a_missing_python_means_setting_up_again(made: Path) -> None:
    (made / "bin" / "python").unlink()
    assert not environment.is_current(environment.DEV)


# Going on to the next means


def test_a_means_that_fails_makes_room_for_the_next(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = []

    def fail(*_: object) -> None:
        tried.append("uv")
        raise environment.SetupFailed("no network")

    monkeypatch.setattr(
        environment, "look_around", lambda: Machine(uv="uv", venv=True, ensurepip=True, pip=None)
    )
    monkeypatch.setattr(environment, "_with_uv", fail)
    monkeypatch.setattr(environment, "_with_venv", lambda profile: tried.append("venv"))
    environment.make(environment.PROGRAMS)
    assert tried == ["uv", "venv"]
    assert environment.is_current(environment.PROGRAMS)
    assert not environment.is_current(environment.DEV)
    assert "no network" in capsys.readouterr().out


def test_when_every_means_fails_each_reason_is_told(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise environment.SetupFailed("no network")

    monkeypatch.setattr(
        environment, "look_around", lambda: Machine(uv=None, venv=True, ensurepip=True, pip=None)
    )
    monkeypatch.setattr(environment, "_with_venv", fail)
    monkeypatch.setattr(environment, "_with_fetched_uv", fail)
    with pytest.raises(environment.SetupFailed, match=r"(?s)python3 -m venv: no network.*uv, fetched"):
        environment.make(environment.PROGRAMS)
    assert not environment.is_current(environment.PROGRAMS)


def test_a_step_that_fails_is_a_set_up_that_failed() -> None:
    with pytest.raises(environment.SetupFailed, match="ended with exit code 3"):
        environment.run([sys.executable, "-c", "raise SystemExit(3)"])
