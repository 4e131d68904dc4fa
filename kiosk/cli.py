"""`queue-kiosk`: the command line of a kiosk."""

import asyncio
import contextlib
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from logging.handlers import RotatingFileHandler, SysLogHandler
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from kiosk.devices.addresses import printer_at
from kiosk.devices.printer import Questions
from kiosk.devices.session import LARGER, SMALLER
from kiosk.preview import PAPERS, loaded, previews
from kiosk.sweeping import loading
from kiosk.tending import browser_cli, pin_cli
from kiosk.texts import is_draft
from queue_server.protocol.codes import Language

cli = typer.Typer(add_completion=False, rich_markup_mode=None)
printers = typer.Typer(add_completion=False, rich_markup_mode=None)


class Letters(StrEnum):
    """How large a terminal's letters are."""

    NORMAL = "normal"
    LARGE = "large"


LOG = "kiosk.log"
LOG_SIZE, LOG_FILES = 2_000_000, 5

Servers = Annotated[
    list[str],
    typer.Option(
        envvar="DENLUOT_SERVER",
        help="Address of the queue server, ws://host:port/ws. Give several: they are tried in turn.",
    ),
]
PrinterStatus = Annotated[
    Questions,
    typer.Option(
        envvar="DENLUOT_PRINTER_STATUS",
        help="Whether the printer may be asked how it is; none for models that hang when they are or cannot"
        " answer: then nobody knows whether a ticket came out.",
    ),
]
PrinterAddress = Annotated[
    str,
    typer.Option(
        envvar="DENLUOT_PRINTER",
        help="The printer: tcp://10.0.0.7:9100 on the network, serial:/dev/ttyUSB0?baud=115200 (add"
        " &flow=software or &flow=none if it has no RTS/CTS), file:/dev/usb/lp0 by USB, or a plain file.",
    ),
]
SparePrinter = Annotated[
    str,
    typer.Option(
        envvar="DENLUOT_PRINTER_SPARE",
        help="A second printer beside it, written alike: it prints what the first one took nothing of.",
        show_default=False,
    ),
]
RollLength = Annotated[
    int,
    typer.Option(
        envvar="DENLUOT_ROLL",
        min=0,
        help="Metres of paper on a new roll: staff are told before it ends. 0: only the printer tells.",
    ),
]
LayoutFile = Annotated[
    Path | None,
    typer.Option(envvar="DENLUOT_LAYOUT", help="The ticket's layout, a TOML file: `queue-kiosk preview`."),
]
PaperWidth = Annotated[
    int,
    typer.Option(envvar="DENLUOT_PAPER", help="Dots across the paper: 576 or 512 for 80 mm, 384 for 58 mm."),
]


@cli.command()
def kiosk(
    server: Servers,
    token: Annotated[
        str, typer.Option(envvar="DENLUOT_TOKEN", help="This kiosk's device token.", show_default=False)
    ],
    kiosk: Annotated[
        str, typer.Option(envvar="DENLUOT_KIOSK", help="This kiosk's id in the site file, such as kiosk-1.")
    ],
    printer: PrinterAddress = "tcp://127.0.0.1:9100",
    printer_spare: SparePrinter = "",
    printer_status: PrinterStatus = Questions.FULL,
    paper: PaperWidth = 576,
    roll: RollLength = 50,
    scanner: Annotated[
        str | None,
        typer.Option(
            envvar="DENLUOT_SCANNER",
            help="A scanner on a serial line, best /dev/serial/by-id/…; scanners that type need nothing.",
        ),
    ] = None,
    scanner_speed: Annotated[
        int, typer.Option(envvar="DENLUOT_SCANNER_SPEED", help="Bits per second of the serial scanner.")
    ] = 9600,
    language: Annotated[
        Language, typer.Option(envvar="DENLUOT_LANGUAGE", help="The language to begin with.")
    ] = Language.VI,
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="DENLUOT_KIOSK_DATA",
            help="Folder of the log, of the paper count, and of what is kept for the server while it is away."
            " [default: the user's data folder]",
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            envvar="DENLUOT_KIOSK_KEY",
            help="File with the key of what is kept of patients, 32 bytes, made where there is none; best a"
            " credential that systemd unseals. [default: outbox.key in the data folder]",
        ),
    ] = None,
    layout: LayoutFile = None,
    unreviewed: Annotated[
        bool,
        typer.Option("--unreviewed", help="For reviewers of translations: offer drafts too, to no patient."),
    ] = False,
    letters: Annotated[
        Letters, typer.Option(help="How large the terminal's letters are; a session sets it.")
    ] = Letters.NORMAL,
    can_resize: Annotated[
        bool,
        typer.Option(
            "--can-resize",
            help=f"The session starts this program again with large letters when it exits with {LARGER}, with"
            f" normal ones at {SMALLER}: patients may choose.",
        ),
    ] = False,
    quit_key: Annotated[bool, typer.Option("--quit-key", help="For trying it out: Ctrl-Q ends it.")] = False,
) -> None:
    """Check patients in and print their tickets, full screen, by touch, keyboard and scanner alike.

    Numbers press the buttons, Tab and Enter too, Esc goes back, F2 changes the language, F3 the size of the
    letters where the session can, F4 the colours; F5 reads the page aloud where espeak-ng is. A citizen card
    is scanned, or its code's text is pasted or typed, ending with Enter: as fast as a scanner types, or by
    hand (its first 0, or the key T, opens the line for it). Nobody ends it but attendants: four taps on the
    hospital's name, or F12, then the PIN that `queue-kiosk pin` sets; with --quit-key Ctrl-C does. F9 is the
    emergency button.

    `queue-kiosk printer` prints the slips of a room or desk instead, without a screen, and `queue-kiosk
    preview` shows a ticket as a picture; see their own --help.

    Example: queue-kiosk --server ws://queue:8420/ws --kiosk kiosk-1 --token … --printer tcp://10.0.0.7:9100
    """
    _check_printers(printer, printer_spare, paper)
    if is_draft(language) and not unreviewed:
        raise typer.BadParameter("nobody has reviewed its words yet", param_hint="--language")
    folder = data or platformdirs.user_data_path("denluot") / kiosk
    _log_to(folder)
    with loading():
        from kiosk.app import Kiosk, Settings
        from kiosk.devices.terminal_input import tolerate_bad_bytes
        from kiosk.offline import InUse
    tolerate_bad_bytes()
    settings = Settings(
        kiosk=kiosk,
        servers=server,
        token=token,
        printer=printer,
        spare=printer_spare,
        questions=printer_status,
        paper=paper,
        roll=roll * 1000,
        data=folder,
        key=key,
        scanner=scanner,
        baudrate=scanner_speed,
        language=language,
        quit_key=quit_key,
        is_large=letters is Letters.LARGE,
        can_resize=can_resize,
        unreviewed=unreviewed,
        layout=loaded(layout),
        version=_version(),
    )
    try:
        app = Kiosk(settings)
    except InUse as error:
        raise typer.BadParameter(str(error), param_hint="--data") from error
    app.run()
    if app.return_code in (LARGER, SMALLER):
        raise typer.Exit(app.return_code)
    if app.return_code:
        typer.echo(f"The kiosk failed. {folder / LOG} tells where.", err=True)
        raise typer.Exit(app.return_code)


@printers.command()
def printer(
    server: Servers,
    token: Annotated[
        str, typer.Option(envvar="DENLUOT_TOKEN", help="This printer's device token.", show_default=False)
    ],
    device: Annotated[
        str, typer.Option(envvar="DENLUOT_DEVICE", help="This printer's id in the site file, as printer-1.")
    ],
    printer: PrinterAddress,
    printer_spare: SparePrinter = "",
    printer_status: PrinterStatus = Questions.FULL,
    paper: PaperWidth = 576,
    roll: RollLength = 50,
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="DENLUOT_KIOSK_DATA", help="Folder of the paper count. [default: the user's data folder]"
        ),
    ] = None,
    layout: LayoutFile = None,
) -> None:
    """Print the slips of a room or desk: what staff send there comes out here, without a screen.

    Any computer that reaches the server and the printer can run it, and one computer can run several. Ctrl-C
    or SIGTERM ends it; started again it prints nothing twice.

    Example: queue-kiosk printer --server ws://queue:8420/ws --device printer-1 --token … --printer
    tcp://10.0.0.7:9100
    """
    _check_printers(printer, printer_spare, paper)
    there = printer_at(printer, printer_status)
    spare = printer_at(printer_spare, printer_status) if printer_spare else None
    folder = data or platformdirs.user_data_path("denluot") / device
    _log_with(logging.StreamHandler())
    from kiosk import agent

    settings = agent.Settings(device, server, token, paper, roll * 1000, folder, loaded(layout), _version())
    with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
        asyncio.run(agent.PrinterAgent(settings, there, spare).run())


def _check_printers(printer: str, spare: str, paper: int) -> None:
    for address, hint in ((printer, "--printer"), (spare, "--printer-spare")):
        try:
            if address or hint == "--printer":
                printer_at(address)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=hint) from error
    if paper not in PAPERS:
        raise typer.BadParameter("576, 512 or 384", param_hint="--paper")


class Lines(logging.Formatter):
    """One line per record: time (UTC), level, where, what, and what was given in `extra` as `key=value`."""

    _STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extras = "".join(
            f" {key}={value}" for key, value in vars(record).items() if key not in self._STANDARD
        )
        line = f"{at} {record.levelname} {record.name} {record.getMessage()}{extras}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _log_to(folder: Path) -> None:
    """Log to a file: the terminal is the patients'. Ids and stages only, never who somebody is. Where the
    disk takes nothing, the system's log may."""
    handler: logging.Handler = logging.NullHandler()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / LOG
        handler = RotatingFileHandler(file, maxBytes=LOG_SIZE, backupCount=LOG_FILES, encoding="utf-8")
    except OSError:
        with contextlib.suppress(OSError):
            handler = SysLogHandler("/dev/log")
    _log_with(handler)


def _log_with(handler: logging.Handler) -> None:
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for library in ("asyncio", "websockets", "PIL", "escpos"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _version() -> str:
    try:
        return version("denluot")
    except PackageNotFoundError:
        return ""


def main() -> None:
    """Entry point of `queue-kiosk`, and of its commands with a name."""
    named = {"printer": printers, "preview": previews, "pin": pin_cli, "browser": browser_cli}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in named:
        named[name](sys.argv[2:], prog_name=f"queue-kiosk {name}")
    cli()


if __name__ == "__main__":
    main()
