"""Runs the queue server with a demo hospital and a virtual printer, and opens the other programs beside it.

`scripts/start` runs the server until Ctrl-C; `scripts/start kiosk`, `board` and `console`, in other
terminals, join the one that runs. What they need to find it is in `<data>/running.json`, which is locked as
long as it runs: a lock ends with its process, also when that is killed or the power goes.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
DEMO_SITE = ROOT / "queue_server" / "demo" / "district.toml"
DEFAULT_PORT = 8770
PRINTER_PORT = 9100
START_PATIENCE = 60.0
"""Seconds for the server to answer: a first start makes the database, a later one reads the day."""
STOP_PATIENCE = 12.0
"""Seconds for a program to end by itself: the server's own steps take up to about seven."""

PROGRAMS = {
    "kiosk": ("kiosk",),
    "board": ("board",),
    "console": ("clinic", "reception", "supervisor", "admin"),
}
"""Programs that join a running server, and the roles their token may have: the first unless one is named."""


class DemoError(Exception):
    """Something a person can put right; the message says how."""


def main() -> int:
    """The exit code: 0 when a person ended it, 1 for what a person can put right."""
    options = arguments().parse_args()
    try:
        if options.program:
            return join(options)
        serve(options)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def arguments() -> argparse.ArgumentParser:
    """What may be written behind `scripts/start`."""
    parser = argparse.ArgumentParser(
        prog="scripts/start",
        description="Run the queue server with a demo hospital, or open a program beside the running server.",
        epilog="Examples: scripts/start · scripts/start kiosk · scripts/start board --hall hall-2 · "
        "scripts/start console --device room-12 --language en",
    )
    parser.add_argument(
        "program", nargs="?", choices=sorted(PROGRAMS), help="what to open; nothing: run the server"
    )
    parser.add_argument(
        "--port", type=a_port, default=DEFAULT_PORT, help="the server's port (default %(default)s)"
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT / "var", help="where everything is kept (default var/)"
    )
    parser.add_argument(
        "--site", type=Path, default=DEMO_SITE, help="the site file (default: the demo hospital)"
    )
    parser.add_argument("--no-kiosk", action="store_true", help="do not offer the kiosk in this terminal")
    parser.add_argument("--hall", help="board: which hall (default: the first)")
    parser.add_argument("--device", help="use this device of the site file (default: the first that fits)")
    parser.add_argument("--language", choices=["vi", "en"], default="vi", help="of board and console")
    return parser


def a_port(text: str) -> int:
    """The port that `text` names. Raises argparse.ArgumentTypeError for anything else."""
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no port: write a number from 1 to 65535")


# Run the server ------------------------------------------------------------------------------------------


def serve(options: argparse.Namespace) -> NoReturn:
    """Run server and printer until a person ends them. Raises DemoError."""
    site = read_site(options.site)
    data: Path = options.data.resolve()
    with only_one(data) as note:
        if not is_free(options.port):
            raise DemoError(
                f"Port {options.port} of this machine is taken by another program. "
                "Choose another one, such as: scripts/start --port 8780"
            )
        serve_alone(options, site, data, note)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[Path]:
    """The note for the programs that join, and nobody else here as long as we run. Raises DemoError."""
    note = data / "running.json"
    try:
        data.mkdir(parents=True, exist_ok=True)
        held = note.open("a+b")
    except OSError as error:
        raise DemoError(f"Nothing can be kept in {data}: {error.strerror}.") from error
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                f"A queue server already runs on {data}. Open a program beside it with "
                "scripts/start kiosk | board | console, or end it with Ctrl-C where it runs."
            ) from None
        held.truncate(0)
        try:
            yield note
        finally:
            note.unlink(missing_ok=True)


def serve_alone(options: argparse.Namespace, site: Mapping[str, Any], data: Path, note: Path) -> NoReturn:
    """Run server and printer until a person ends them; nobody else uses `data`. Raises DemoError."""
    tickets = data / "tickets"
    printer_port = port_of_the_printer(data)
    server_log = data / "server.log"
    with (
        server_log.open("a", encoding="utf-8") as log,
        program(
            [
                *python("kiosk.devices.virtual_printer"),
                *("--port", str(printer_port), "--dir", str(tickets)),
            ],
            log,
        ) as printer,
    ):
        address = f"http://127.0.0.1:{options.port}"
        tells = True
        while True:
            earlier = server_log.stat().st_size
            with program(
                [
                    *(str(BIN / "queue-server"), "run", "--site", str(options.site.resolve())),
                    *("--data", str(data), "--port", str(options.port)),
                ],
                log,
            ) as server:
                wait_until_ready(server, f"{address}/healthz", server_log, earlier)
                note.write_text(
                    json.dumps(
                        {
                            "server": f"ws://127.0.0.1:{options.port}/ws",
                            "printer": f"127.0.0.1:{printer_port}",
                            "site": str(options.site.resolve()),
                        }
                    ),
                    encoding="utf-8",
                )
                if tells:
                    tell(options, site, address, printer_port, tickets, server_log)
                else:
                    print("The server is back.", flush=True)
                stay(options, server_log, server, printer)
            tells = False


def port_of_the_printer(data: Path) -> int:
    """The port of the last start, so that a kiosk that is still open finds its printer, else a free one."""
    kept = data / "printer-port"
    wanted = [PRINTER_PORT]
    with contextlib.suppress(OSError, ValueError):
        wanted.insert(0, int(kept.read_text(encoding="ascii")))
    port = next(filter(is_free, wanted), 0) or any_free_port()
    kept.write_text(f"{port}\n", encoding="ascii")
    return port


def tell(
    options: argparse.Namespace,
    site: Mapping[str, Any],
    address: str,
    printer_port: int,
    tickets: Path,
    server_log: Path,
) -> None:
    """The addresses, one a line as `name: address`, then how to open each program, then `ready`."""
    print(f"server: ws://127.0.0.1:{options.port}/ws")
    print(f"page: {address}/")
    print(f"health: {address}/healthz")
    print(f"printer: 127.0.0.1:{printer_port}")
    print(f"tickets: {tickets}")
    print(f"log: {server_log}")
    print(f"site: {options.site}")
    print()
    beside = "" if options.data == ROOT / "var" else f" --data {shlex.quote(str(options.data))}"
    halls = ", ".join(site.get("halls", {}))
    print("Open in other terminals:")
    print(f"  scripts/start kiosk{beside}      check a patient in; type a citizen card's text, or scan it")
    print(f"  scripts/start board{beside}      the hall's screen; --hall one of {halls}")
    print(f"  scripts/start console{beside}    call patients; F1 tells the keys")
    print("End everything with Ctrl-C.")
    print("ready", flush=True)


def stay(
    options: argparse.Namespace, log: Path, server: subprocess.Popen[bytes], printer: subprocess.Popen[bytes]
) -> None:
    """Offer the kiosk in this terminal until the server ends by itself and a person wants it back.

    Raises DemoError where nobody can be asked. Ctrl-C or a request to end comes as KeyboardInterrupt. A
    printer that ended is said and missed, as in a hospital: everything else goes on without.
    """
    can_offer = sys.stdin.isatty() and not options.no_kiosk
    offered = printer_missed = False
    while server.poll() is None:
        if not printer_missed and printer.poll() is not None:
            printer_missed = True
            print(f"{how_it_ended('printer', printer.returncode, log)} The rest goes on without.", flush=True)
        if not can_offer:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(timeout=0.5)
            continue
        if not offered:
            print("Press Enter to open the kiosk here, Ctrl-C to end everything.", flush=True)
            offered = True
        if select.select([sys.stdin], [], [], 0.5)[0]:
            can_offer = bool(sys.stdin.readline())
            offered = False
            if can_offer:
                options.program = "kiosk"
                subprocess.run(command(options), check=False, cwd=ROOT)
    became = how_it_ended("server", server.returncode, log)
    if not sys.stdin.isatty():
        raise DemoError(f"{became} Nothing is lost: scripts/start goes on where it was.")
    print(
        f"{became} Nothing is lost, and kiosks go on without it.\n"
        "Press Enter to start it again, Ctrl-C to end everything.",
        flush=True,
    )
    if not sys.stdin.readline():
        raise DemoError("scripts/start goes on where it was.")


def how_it_ended(name: str, status: int, log: Path) -> str:
    """What became of a program that nobody here ended."""
    if status < 0:
        return f"The {name} was killed ({signal.Signals(-status).name})."
    return f"The {name} ended by itself with exit code {status}; {log} tells why."


@contextlib.contextmanager
def program(arguments: list[str], log: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program of its own session, so that Ctrl-C reaches it only through us, in order."""
    started = subprocess.Popen(
        [*ending_with_us(), *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def ending_with_us() -> list[str]:
    """What to write before a command so that it ends also when we are killed and can't see to it."""
    setpriv = shutil.which("setpriv")  # part of every Debian
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def wait_until_ready(server: subprocess.Popen[bytes], health: str, log: Path, earlier: int) -> None:
    """Until the server answers. Raises DemoError if not, with what the log says after `earlier` bytes."""
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            written = log.read_bytes()[earlier:].decode("utf-8", errors="replace")
            raise DemoError(
                f"The queue server did not start (exit code {server.returncode}):\n{written.strip()}"
            )
        # S310: the address is ours, on this machine.
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=1):  # noqa: S310
            return
        time.sleep(0.05)
    raise DemoError(f"The queue server did not answer within {START_PATIENCE:.0f} s; {log} tells more.")


# Join a running one --------------------------------------------------------------------------------------


def join(options: argparse.Namespace) -> int:
    """Open a program beside the running server; its exit code."""
    return subprocess.run(command(options), check=False, cwd=ROOT).returncode


def command(options: argparse.Namespace) -> list[str]:
    """The command line of a program beside the running server."""
    data: Path = options.data.resolve()
    found = running(data)
    if found is None:
        raise DemoError(f"No queue server runs on {data}. Run scripts/start in another terminal first.")
    site = read_site(Path(found["site"]))
    device = choose_device(site, options)
    here = ["--server", found["server"], "--token", device["token"]]
    match options.program:
        case "kiosk":
            outbox = ["--data", str(data / "kiosk" / device["id"])]
            return [
                str(BIN / "queue-kiosk"),
                *here,
                "--kiosk",
                device["id"],
                "--printer",
                found["printer"],
                "--quit-key",
                *outbox,
            ]
        case "board":
            return [str(BIN / "queue-board"), *here, "--hall", device["hall"], "--language", options.language]
        case _:
            role = ["--role", device["role"]]
            return [str(BIN / "queue-console"), *here, *role, "--language", options.language]


def choose_device(site: Mapping[str, Any], options: argparse.Namespace) -> dict[str, str]:
    """The named device, else the first for the program, with a token that can be read. Raises DemoError."""
    roles = PROGRAMS[options.program]
    screens = site.get("screens", {})
    fit = [
        device
        for name, written in site.get("devices", {}).items()
        if (device := {**screens.get(name, {}), **written, "id": name}).get("role") in roles
        and "token" in device
        and (options.program != "board" or "hall" in device)
    ]
    for device in fit:
        if options.device:
            if device["id"] == options.device:
                return device
        elif device["role"] == roles[0] and options.hall in (None, device.get("hall")):
            return device
    wanted = options.device or (f"{options.program} in {options.hall}" if options.hall else options.program)
    there = ", ".join(
        f"{each['id']} in {each['hall']}" if "hall" in each else str(each["id"]) for each in fit
    )
    raise DemoError(
        f"The site file has no {wanted} with a token that can be read. "
        f"For a {options.program} it has: {there or 'nothing'}."
    )


def running(data: Path) -> dict[str, str] | None:
    """What the running server noted, or None when none runs or it is not ready yet."""
    with contextlib.suppress(OSError, ValueError), (data / "running.json").open(encoding="utf-8") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            found: dict[str, str] = json.load(note)
            return found
    return None


def read_site(path: Path) -> dict[str, Any]:
    """The site file as it is written; the server checks it. Raises DemoError when there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DemoError(f"The site file {path} can't be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise DemoError(
            f"The site file {path} is no TOML: {error}. Try: queue-server check {path}"
        ) from error


def is_free(port: int) -> bool:
    """Whether a program of this machine could listen on `port` now."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


def any_free_port() -> int:
    """Some port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def python(module: str) -> list[str]:
    """The command line of one of the project's modules."""
    return [str(BIN / "python"), "-m", module]


def interrupt(number: int, frame: object) -> None:
    """Asked to end, we end the way Ctrl-C does: server and printer first."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)  # the terminal's window was closed
    sys.exit(main())
