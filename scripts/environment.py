"""Makes the project's own Python environment in ``.venv``, from wheels only and from pinned hashes only.

The means, in this order, the first that this machine has; one that fails makes room for the next:

1. ``uv`` on the path;
2. ``python3 -m venv`` with the pip it brings (Debian has that in a package of its own, python3-venv);
3. a ``pip`` outside, which fills an empty virtual environment;
4. the ``uv`` wheel, fetched with the standard library alone from the configured index and checked
   against the hash that ``requirements/dev.txt`` pins.

Only the standard library is used here, because nothing else is there yet.
"""

from __future__ import annotations

import argparse
import configparser
import contextlib
import fcntl
import hashlib
import html.parser
import importlib.util
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
STAMP = "denluot-setup.json"
# Not the Python of an activated environment: that may be the very one to be replaced.
PYTHON = str(getattr(sys, "_base_executable", sys.executable))

PROGRAMS = "programs"
SIMULATE = "simulate"
DEV = "dev"
FOR_WHAT = {
    PROGRAMS: "the programs",
    SIMULATE: "the programs and the simulator's pictures",
    DEV: "the programs and the checks",
}
# Whoever has a later one also has those before: all are compiled to the same versions.
COVERS = {PROGRAMS: (PROGRAMS,), SIMULATE: (SIMULATE, PROGRAMS), DEV: (DEV, SIMULATE, PROGRAMS)}

# The public index, used when no other is configured. Put together from its parts because committed files
# name no registry host: the only address anybody writes down is a hospital's own mirror, in its own settings.
PUBLIC_INDEX_NAME = "pypi"
PUBLIC_INDEX = f"https://{PUBLIC_INDEX_NAME}.org/simple/"


class SetupFailed(Exception):
    """The environment could not be made; the message says why and what to do."""


class Means(Enum):
    """A way to fill the environment; the value is how it is called on screen."""

    UV = "uv from the path"
    VENV = "python3 -m venv"
    PIP = "pip into an empty virtual environment"
    FETCHED_UV = "uv, fetched from the package index"


@dataclass(frozen=True)
class Machine:
    """What this machine offers."""

    uv: str | None
    """The uv program, ``None`` when there is none."""
    venv: bool
    """Whether Python can make a virtual environment."""
    ensurepip: bool
    """Whether such an environment can get a pip of its own."""
    pip: tuple[str, ...] | None
    """The command of a pip that can install into another environment (22.3 and later), or ``None``."""


def means_of(machine: Machine) -> list[Means]:
    """Every means this machine has, in the order in which they are to be tried."""
    offered = {
        Means.UV: machine.uv is not None,
        Means.VENV: machine.venv and machine.ensurepip,
        Means.PIP: machine.venv and machine.pip is not None,
        Means.FETCHED_UV: True,
    }
    return [means for means, there in offered.items() if there]


def look_around(environ: Mapping[str, str] = os.environ) -> Machine:
    """Find out what this machine offers."""
    path = environ.get("PATH")
    return Machine(
        uv=shutil.which("uv", path=path),
        venv=importlib.util.find_spec("venv") is not None,
        ensurepip=importlib.util.find_spec("ensurepip") is not None,
        pip=_outside_pip(path),
    )


def _outside_pip(path: str | None) -> tuple[str, ...] | None:
    candidates: list[tuple[str, ...]] = []
    if importlib.util.find_spec("pip") is not None:
        candidates.append((PYTHON, "-m", "pip"))
    candidates += [(found,) for name in ("pip3", "pip") if (found := shutil.which(name, path=path))]
    for command in candidates:
        asked = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and _version(asked.stdout.split()[1]) >= (22, 3):
            return command
    return None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


# What is there, and what should be


def digest(profile: str) -> str:
    """One hash over all that the environment of ``profile`` depends on: Python, pins, the project's table."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    # The settings of the checks live in the same file and change nothing that is installed.
    installed = {table: project[table] for table in ("build-system", "project")}
    installed["hatch"] = project["tool"]["hatch"]
    parts = [sys.version, json.dumps(installed, sort_keys=True), str(ENVIRONMENT)]
    whole = hashlib.sha256("\n".join(parts).encode())
    whole.update((REQUIREMENTS / f"{profile}.txt").read_bytes())
    return whole.hexdigest()


def is_current(profile: str) -> bool:
    """Whether the environment already is what the pins say."""
    return _stamp().get(profile) == digest(profile) and _python().exists()


def _stamp() -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        stamp = json.loads((ENVIRONMENT / STAMP).read_text(encoding="utf-8"))
        if isinstance(stamp, dict):
            return stamp
    return {}


def _python() -> Path:
    return ENVIRONMENT / "bin" / "python"


def _same_python() -> bool:
    """Whether the environment there runs, and runs on the Python that runs this."""
    if not _python().exists():
        return False
    asked = subprocess.run(
        [_python(), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
    )
    return asked.returncode == 0 and asked.stdout.strip() == sys.version.strip()


# Making it


def make(profile: str) -> None:
    """Bring the environment to what the pins say, by the first means that works.

    Raises :class:`SetupFailed` when none does.
    """
    say(f"Setting up the Python environment in {ENVIRONMENT.name}, for {FOR_WHAT[profile]}.")
    if ENVIRONMENT.exists() and not _same_python():
        say("The one that is there belongs to another Python: making a new one.")
        shutil.rmtree(ENVIRONMENT)
    (ENVIRONMENT / STAMP).unlink(missing_ok=True)

    machine = look_around()
    steps: dict[Means, Callable[[], None]] = {
        Means.UV: lambda: _with_uv(str(machine.uv), profile),
        Means.VENV: lambda: _with_venv(profile),
        Means.PIP: lambda: _with_pip(machine.pip or (), profile),
        Means.FETCHED_UV: lambda: _with_fetched_uv(profile),
    }
    reasons = []
    for means in means_of(machine):
        say(f"Using {means.value}.")
        try:
            steps[means]()
        except (OSError, SetupFailed) as failure:
            reasons.append(f"{means.value}: {failure}")
            say(f"That did not work: {failure}.")
        else:
            break
    else:
        raise SetupFailed("no way to make the environment worked:\n  " + "\n  ".join(reasons))

    stamp = {name: digest(name) for name in COVERS[profile]}
    (ENVIRONMENT / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    say("The environment is ready.")


def _with_uv(uv: str, profile: str) -> None:
    environ = uv_environ(os.environ, pip_settings())
    if not _python().exists():
        run([uv, "venv", "--quiet", "--clear", "--python", PYTHON, str(ENVIRONMENT)], environ)
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(_python())]
    say(f"Installing {count(profile)} packages.")
    run([*install, "--only-binary", ":all:", "--require-hashes", "-r", str(pins(profile))], environ)
    run([*install, *PROJECT_ITSELF], environ)


def _with_venv(profile: str) -> None:
    if not (ENVIRONMENT / "bin" / "pip").exists():
        run([PYTHON, "-m", "venv", str(ENVIRONMENT)])
    _install_with((str(_python()), "-m", "pip"), profile)


def _with_pip(pip: Sequence[str], profile: str) -> None:
    if not _python().exists():
        run([PYTHON, "-m", "venv", "--without-pip", str(ENVIRONMENT)])
    _install_with((*pip, "--python", str(_python())), profile)


def _with_fetched_uv(profile: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _with_uv(str(fetch_uv(Path(folder))), profile)


# The project goes in as one line in a .pth file and its four commands; its build backend is among the pins,
# so nothing is downloaded for it.
PROJECT_ITSELF = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]


def _install_with(pip: Sequence[str], profile: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    say(f"Installing {count(profile)} packages; the first time this takes a minute or two.")
    run([*pip, "install", *quiet, "--only-binary", ":all:", "--require-hashes", "-r", str(pins(profile))])
    run([*pip, "install", *quiet, *PROJECT_ITSELF])


def pins(profile: str) -> Path:
    """The file of pinned requirements of ``profile``."""
    return REQUIREMENTS / f"{profile}.txt"


def count(profile: str) -> int:
    """How many packages ``profile`` pins."""
    return len(
        re.findall(r"^[\w.-]+(?:\[[^]]*])?==", pins(profile).read_text(encoding="utf-8"), re.MULTILINE)
    )


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    """Run one step, with a word now and then while it lasts; raises :class:`SetupFailed` when it fails."""
    started = time.monotonic()
    with subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, cwd=ROOT) as step:
        try:
            while (code := _wait(step, seconds=10)) is None:
                say(f"  … still at it after {time.monotonic() - started:.0f} s.")
        except BaseException:
            step.terminate()
            raise
    if code != 0:
        raise SetupFailed(f"{Path(command[0]).name} ended with exit code {code}, its reason is above")


def _wait(step: subprocess.Popen[bytes], seconds: float) -> int | None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return step.wait(timeout=seconds)
    return None


def say(words: str) -> None:
    """Tell the person what is being done."""
    print(words, flush=True)


# The configured index


def pip_settings(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Pip's global settings (``index-url``, ``cert``, …) read from its files, without pip."""
    settings: dict[str, str] = {}
    for file in pip_files(environ):
        settings.update(_global_section(file))
    return settings


def pip_files(environ: Mapping[str, str]) -> list[Path]:
    """Where pip keeps its settings on this kind of machine, weakest first (pip, "Configuration files")."""
    if environ.get("PIP_CONFIG_FILE") == os.devnull:
        return []
    home = Path(environ.get("HOME", "/nonexistent"))
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [
        *(
            Path(folder) / "pip" / "pip.conf"
            for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
            if folder
        ),
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        config / "pip" / "pip.conf",
    ]
    if named := environ.get("PIP_CONFIG_FILE"):
        files.append(Path(named))
    return [file for file in files if file.is_file()]


def _global_section(file: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    with contextlib.suppress(configparser.Error, UnicodeDecodeError):
        parser.read(file, encoding="utf-8")
    return dict(parser["global"]) if parser.has_section("global") else {}


def index_url(environ: Mapping[str, str], pip: Mapping[str, str]) -> str | None:
    """The package index this machine is told to use, ``None`` when it is told of none."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if environ.get(name):
            return environ[name]
    return pip.get("index-url")


def certificates(environ: Mapping[str, str], pip: Mapping[str, str]) -> str | None:
    """The file of certificates to trust, ``None`` for the machine's own."""
    return environ.get("SSL_CERT_FILE") or environ.get("PIP_CERT") or pip.get("cert")


def uv_environ(environ: Mapping[str, str], pip: Mapping[str, str]) -> dict[str, str]:
    """Pip's settings in uv's words: uv reads none of pip's, and a mirror set up for pip is meant for both."""
    translated = dict(environ)
    if index := index_url(environ, pip):
        translated["UV_DEFAULT_INDEX"] = index
    if trusted := certificates(environ, pip):
        translated["SSL_CERT_FILE"] = trusted
    # Hospital networks often put their own certificate in the machine's store; uv looks only into its own
    # unless told. The second name is what older ones listen to.
    translated.setdefault("UV_SYSTEM_CERTS", "true")
    translated.setdefault("UV_NATIVE_TLS", "true")
    # An activated environment of somebody else, or uv's own project mode, has no say here.
    translated.pop("VIRTUAL_ENV", None)
    return translated


# Fetching uv


class _Links(html.parser.HTMLParser):
    """The links of a "simple" index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep where an anchor leads."""
        if tag == "a":
            self.targets += [value for name, value in attrs if name == "href" and value]


def fetch_uv(folder: Path) -> Path:
    """Fetch the pinned uv wheel into ``folder`` and unpack its program; the program's path.

    Raises :class:`SetupFailed` when the index has none for this machine, or one with another hash.
    """
    pip = pip_settings()
    page = (index_url(os.environ, pip) or PUBLIC_INDEX).rstrip("/") + "/uv/"
    trusted = certificates(os.environ, pip)
    context = ssl.create_default_context(cafile=trusted)
    version, hashes = pinned_uv(pins(DEV).read_text(encoding="utf-8"))
    links = _Links()
    say(f"Fetching uv {version} with Python's standard library.")
    links.feed(_get(page, context).decode("utf-8"))
    wheel = wheel_for_this_machine(links.targets, version, this_machine())
    if wheel is None:
        raise SetupFailed(
            f"the package index has no uv {version} for this machine; install uv or python3-venv"
        )
    content = _get(urllib.parse.urljoin(page, wheel), context)
    if hashlib.sha256(content).hexdigest() not in hashes:
        raise SetupFailed("the uv wheel is not the one that requirements/dev.txt pins")
    archive = folder / "uv.whl"
    archive.write_bytes(content)
    return _unpack_program(archive, folder)


def _get(url: str, context: ssl.SSLContext) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=120, context=context) as answer:  # noqa: S310 - file: mirrors are welcome
            content = answer.read()
    except (urllib.error.URLError, TimeoutError) as failure:
        # The address may carry a password for a mirror, so it is not repeated here.
        raise SetupFailed(f"the package index did not answer: {failure}") from failure
    return bytes(content)


def _unpack_program(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as wheel:
        names = [name for name in wheel.namelist() if name.endswith(".data/scripts/uv")]
        if len(names) != 1:
            raise SetupFailed("the uv wheel holds no uv program")
        program = Path(wheel.extract(names[0], folder))
    program.chmod(0o755)
    return program


def pinned_uv(requirements: str) -> tuple[str, frozenset[str]]:
    """The version and the SHA-256 hashes of uv in a pinned requirements file."""
    pinned = re.search(r"^uv==(\S+) \\\n((?:    --hash=.*\n)+)", requirements, re.MULTILINE)
    if pinned is None:
        raise SetupFailed("there is no uv among the pinned requirements")
    return pinned[1], frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", pinned[2]))


@dataclass(frozen=True)
class Platform:
    """What a wheel has to fit: the processor, and glibc's version or ``None`` for another C library."""

    processor: str
    glibc: tuple[int, ...] | None


def this_machine() -> Platform:
    """The platform that runs this."""
    library, version = platform.libc_ver()
    return Platform(platform.machine(), _version(version) if library == "glibc" else None)


def wheel_for_this_machine(links: Sequence[str], version: str, machine: Platform) -> str | None:
    """The link among ``links`` to the wheel of uv that runs on ``machine``, ``None`` when there is none."""
    for link in links:
        file = urllib.parse.unquote(urllib.parse.urlsplit(link).path.rsplit("/", 1)[-1])
        if not (file.startswith(f"uv-{version}-") and file.endswith(".whl")):
            continue
        for tag in file.removesuffix(".whl").rsplit("-", 1)[-1].split("."):
            if _fits(tag, machine):
                return link
    return None


def _fits(tag: str, machine: Platform) -> bool:
    if machine.glibc is None:
        return re.fullmatch(rf"musllinux_\d+_\d+_{machine.processor}", tag) is not None
    needs = re.fullmatch(rf"manylinux_(\d+)_(\d+)_{machine.processor}", tag)
    return needs is not None and (int(needs[1]), int(needs[2])) <= machine.glibc


# What the checks need beside Python


# Program on the path, the Debian packages that bring it, and what fails or is skipped without it.
FOR_THE_CHECKS = {
    "cc": ("gcc libc6-dev", "the test of what a power cut leaves will fail"),
    "git": ("git", "the tests of what is committed will fail"),
    "espeak-ng": ("espeak-ng", "the test that hears a call will be skipped"),
}


def make_sure_of_what_the_checks_need() -> None:
    """Install the few programs that exist as no wheel, where possible, else say what will be missing."""
    missing = [need for program, need in FOR_THE_CHECKS.items() if not shutil.which(program)]
    if not missing:
        return
    install = "apt-get install -y --no-install-recommends " + " ".join(packages for packages, _ in missing)
    without = "; ".join(consequence for _, consequence in missing)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"Some programs the checks need are not here: {without}. As root: {install}")
        return
    say("Installing what the checks need beside Python.")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(["apt-get", "-qq", "update"], environ)
        run([*install.split(), "-qq", "-o", "Dpkg::Use-Pty=0"], environ)
    except (OSError, SetupFailed) as failure:
        say(f"That did not work ({failure}): {without}.")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups at once would spoil each other's work: the second waits for the first."""
    with (ROOT / "pyproject.toml").open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up to finish.")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up; the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/setup", description="Make or refresh the environment in .venv."
    )
    parser.add_argument("--test", action="store_true", help="also what the checks need")
    parser.add_argument("--simulate", action="store_true", help="also what the simulator draws with")
    options = parser.parse_args(arguments)
    profile = DEV if options.test else SIMULATE if options.simulate else PROGRAMS
    try:
        if not is_current(profile):
            with one_at_a_time():
                if not is_current(profile):
                    make(profile)
        if options.test:
            make_sure_of_what_the_checks_need()
    except SetupFailed as failure:
        print(f"Setting up failed: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
