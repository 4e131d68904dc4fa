"""Runs the queue server with a demo hospital and a virtual printer, and opens the other programs beside it.

`scripts/start` runs the server until Ctrl-C; `scripts/start kiosk`, `board` and `console`, in other
terminals, join the one that runs. What they need to find it is in `<data>/running.json` as long as it runs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
DEMO_SITE = ROOT / "queue_server" / "demo" / "district.toml"
DEFAULT_PORT = 8770
PRINTER_PORT = 9100
START_PATIENCE = 60.0
"""Seconds for the server to answer: a first start makes the database, a later one reads the day."""
STOP_PATIENCE = 12.0
"""Seconds for a program to end by itself: the server's own steps take up to about seven."""

PROGRAMS = {"kiosk": "kiosk", "board": "board", "console": "clinic"}
"""Programs that join a running server, and the role of the device whose token they use."""


class DemoError(Exception):
    """Something a person can put right; the message says how."""


def main() -> int:
    """The exit code: 0 when a person ended it, 1 for what a person can put right."""
    options = arguments().parse_args()
    try:
        if options.program:
            return join(options)
        return serve(options)
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
        "scripts/start console --device clinic-room-12",
    )
    parser.add_argument(
        "program", nargs="?", choices=sorted(PROGRAMS), help="what to open; nothing: run the server"
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="the server's port (default %(default)s)"
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


# Run the server ------------------------------------------------------------------------------------------


def serve(options: argparse.Namespace) -> int:
    """Run server and printer until a person ends them. Raises DemoError."""
    data: Path = options.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    if running(data):
        raise DemoError(
            f"A queue server already runs on {data}. Open a program beside it with "
            "scripts/start kiosk | board | console, or end it with Ctrl-C where it runs."
        )
    site = read_site(options.site)
    tickets = data / "tickets"
    printer_port = free_port(PRINTER_PORT)
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
        program(
            [
                *(str(BIN / "queue-server"), "run", "--site", str(options.site.resolve())),
                *("--data", str(data), "--port", str(options.port)),
            ],
            log,
        ) as server,
    ):
        address = f"http://127.0.0.1:{options.port}"
        wait_until_ready(server, f"{address}/healthz", server_log)
        note = data / "running.json"
        note.write_text(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "server": f"ws://127.0.0.1:{options.port}/ws",
                    "printer": f"127.0.0.1:{printer_port}",
                    "site": str(options.site.resolve()),
                }
            ),
            encoding="utf-8",
        )
        try:
            tell(options, site, address, printer_port, tickets, server_log)
            if sys.stdin.isatty() and not options.no_kiosk:
                offer_kiosk(options, server)
            wait_for_the_end(server=server, printer=printer)
        finally:
            note.unlink(missing_ok=True)
    return 0


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
    beside = "" if options.data == ROOT / "var" else f" --data {options.data}"
    halls = ", ".join(site.get("halls", {}))
    print("Open in other terminals:")
    print(f"  scripts/start kiosk{beside}      check a patient in; type a citizen card's text, or scan it")
    print(f"  scripts/start board{beside}      the hall's screen; --hall one of {halls}")
    print(f"  scripts/start console{beside}    call patients; F1 tells the keys")
    print("End everything with Ctrl-C.")
    print("ready", flush=True)


def offer_kiosk(options: argparse.Namespace, server: subprocess.Popen[bytes]) -> None:
    """Open the kiosk in this terminal as often as a person wants it."""
    while server.poll() is None:
        print("Press Enter to open the kiosk here, Ctrl-C to end everything.", flush=True)
        if not sys.stdin.readline():
            return
        options.program = "kiosk"
        subprocess.run(command(options), check=False, cwd=ROOT)


def wait_for_the_end(**programs: subprocess.Popen[bytes]) -> None:
    """Until one of the programs ended by itself; Ctrl-C or a request to end comes as KeyboardInterrupt."""
    while True:
        for name, each in programs.items():
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = each.wait(timeout=0.5)
                raise DemoError(f"The {name} ended by itself with {status}; the log tells why.")


@contextlib.contextmanager
def program(arguments: list[str], log: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program of its own session, so that Ctrl-C reaches it only through us, in order."""
    started = subprocess.Popen(
        arguments, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
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


def wait_until_ready(server: subprocess.Popen[bytes], health: str, log: Path) -> None:
    """Until the server answers. Raises DemoError with the end of its log when it does not."""
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            raise DemoError(f"The queue server did not start (exit code {server.returncode}):\n{tail}")
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
    device = choose_device(site, PROGRAMS[options.program], options)
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
                *outbox,
            ]
        case "board":
            return [str(BIN / "queue-board"), *here, "--hall", device["hall"], "--language", options.language]
        case _:
            role = ["--role", device["role"]]
            return [str(BIN / "queue-console"), *here, *role, "--language", options.language]


def choose_device(site: Mapping[str, Any], role: str, options: argparse.Namespace) -> dict[str, str]:
    """The named device, else the first of the role with a token that can be read. Raises DemoError."""
    screens = site.get("screens", {})
    devices: list[dict[str, str]] = [
        {**screens.get(name, {}), **device, "id": name} for name, device in site.get("devices", {}).items()
    ]
    for device in devices:
        fits = device["role"] == role and (not options.hall or device.get("hall") == options.hall)
        if "token" in device and (device["id"] == options.device or (fits and not options.device)):
            return device
    wanted = options.device or (f"{role} device in {options.hall}" if options.hall else f"{role} device")
    raise DemoError(f"The site file has no {wanted} with a readable token.")


def running(data: Path) -> dict[str, str] | None:
    """What the running server noted, or None when none runs."""
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads((data / "running.json").read_text(encoding="utf-8"))
        os.kill(int(found["pid"]), 0)
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


def free_port(wanted: int) -> int:
    """The wanted port of this machine if it is free, else any free one."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise DemoError("This machine has no free port.")


def python(module: str) -> list[str]:
    """The command line of one of the project's modules."""
    return [str(BIN / "python"), "-m", module]


def interrupt(number: int, frame: object) -> None:
    """Asked to end, we end the way Ctrl-C does: server and printer first."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    sys.exit(main())
