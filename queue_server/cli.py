"""The command `queue-server`. Each command imports what it needs when it runs: `--help` is instant."""

import gc
import json
import logging
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from queue_server.site.mistakes import Mistake

app = typer.Typer(
    name="queue-server",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The queue server of a hospital: it knows every visit, decides who is next, and never forgets.",
    epilog="Try it: queue-server run --site queue_server/demo/district.toml --data var",
)
journal = typer.Typer(no_args_is_help=True, help="Look at the journal of a server that is not running.")
app.add_typer(journal, name="journal")
policy = typer.Typer(no_args_is_help=True, help="The rule by which a hospital calls.")
app.add_typer(policy, name="policy")
his = typer.Typer(
    no_args_is_help=True,
    help="The link to the hospital's own system (HIS): it brings visits, rooms, orders and results in, and"
    " tells the HIS who is called when. One link per HIS, beside a running server.",
    epilog="queue_server/his/HIS.md has the file his.toml, every message and the columns of the view.",
)
app.add_typer(his, name="his")

SiteFile = Annotated[Path, typer.Argument(help="The hospital's site file (TOML).", show_default=False)]
DataFolder = Annotated[
    Path, typer.Option("--data", help="Folder of the database and the key to the patients' names.")
]


class LogLevel(StrEnum):
    """From which level on records are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@app.command()
def run(
    site: Annotated[
        Path, typer.Option("--site", help="The hospital's site file (TOML).", show_default=False)
    ],
    data: DataFolder = Path("var"),
    host: Annotated[
        str, typer.Option(help="Address to listen on. 0.0.0.0 lets kiosks and screens on the network in.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one.")
    ] = 8420,
    log_level: Annotated[LogLevel, typer.Option(help="What to write to standard error.")] = LogLevel.INFO,
    unlimited: Annotated[
        bool, typer.Option("--unlimited", help="No limit on how much one connection may ask: for measuring.")
    ] = False,
) -> None:
    """Run the server until Ctrl-C. The last line on standard output is `ready`.

    Only programs on this machine can connect unless --host says otherwise. Ctrl-C lets it finish what was
    asked; a second Ctrl-C ends it at once, and nothing that was answered is lost.

    Example: queue-server run --site hospital.toml --data /var/lib/denluot --host 0.0.0.0
    """
    # Nothing that a start makes is garbage: modules first, then the day. After folding that, the service
    # switches the collector on again.
    gc.disable()
    from queue_server import logs
    from queue_server.app import Options
    from queue_server.app import run as run_app
    from queue_server.session import GENEROUS, Allowances

    logs.start(log_level)
    options = Options(host=host, port=port, allowances=GENEROUS if unlimited else Allowances())
    raise typer.Exit(run_app(site, data, options, lambda line: print(line, flush=True)))


@app.command()
def check(site: SiteFile) -> None:
    """Explain every mistake in a site file: where it is and what to write instead.

    Example: queue-server check hospital.toml
    """
    from queue_server.site import check as check_site

    found = check_site(site)
    # What stops the server stands last, where a terminal leaves the eye.
    warnings = [mistake for mistake in found if mistake.warning]
    for alike in _alike(warnings):
        print(alike[0])
        if alike[1:]:
            print(f"  and {len(alike) - 1} more like it: {', '.join(each.where for each in alike[1:])}")
    for mistake in found:
        if not mistake.warning:
            print(mistake)
    wrong = len(found) - len(warnings)
    said = {0: "good", 1: "1 mistake"}.get(wrong, f"{wrong} mistakes")
    print(f"{site}: {said}")
    raise typer.Exit(2 if wrong else 0)


def _alike(warnings: Sequence["Mistake"]) -> Iterable[list["Mistake"]]:
    """Warnings of the same words together: a demo warns of each of its devices, and hides the others."""
    groups: dict[str, list[Mistake]] = {}
    for warning in warnings:
        groups.setdefault(warning.problem, []).append(warning)
    return groups.values()


@app.command()
def schema() -> None:
    """Print a JSON Schema of every message of the wire, for writing clients in other languages.

    Example: queue-server schema > denluot.schema.json
    """
    from queue_server.protocol.schema import document

    print(json.dumps(document(), indent=2, ensure_ascii=False))


@app.command()
def token() -> None:
    """Make a token for a device. The device gets the token, the site file only its hash.

    Example: queue-server token
    """
    from queue_server.site import new_token

    made = new_token()
    print(f"token: {made.token}")
    print(f'token_sha256 = "{made.sha256}"')


class BookingRole(StrEnum):
    """What the device that books is, as the site file says."""

    RECEPTION = "reception"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    INTEGRATION = "integration"


@app.command()
def appointments(
    file: Annotated[Path, typer.Argument(help="The table of appointments (CSV, UTF-8).", show_default=False)],
    server: Annotated[
        list[str],
        typer.Option(
            envvar="DENLUOT_SERVER",
            help="Address of the queue server, ws://host:port/ws. Give several: they are tried in turn.",
        ),
    ],
    token: Annotated[
        str, typer.Option(envvar="DENLUOT_TOKEN", help="Token of the device that books.", show_default=False)
    ],
    role: Annotated[
        BookingRole, typer.Option(help="Role of that device in the site file.")
    ] = BookingRole.RECEPTION,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at every row and book nothing.")] = False,
) -> None:
    """Book the appointments of a table at a running server.

    The first row names the columns, in any order. Needed: reference (the appointment's own number, never the
    patient's), at (2026-11-23 08:30, the hospital's time) and service (its id in the site file). Where known:
    practitioner (id), code (what the patient scans or types), name, birth (1990-08-15, or 1990), number
    (citizen or insurance card) and phone. Comma, semicolon or tab between them.

    The same reference again moves an appointment; the same file again changes nothing. A bad row is told by
    its number with what to write instead, and keeps no other row from being booked. The exit code is 1 when
    rows were refused, 2 when nothing could be sent.

    Example: queue-server appointments tomorrow.csv --server ws://127.0.0.1:8420/ws --dry-run
    """
    import asyncio
    from functools import partial

    from queue_server.bookings.sending import run as book
    from queue_server.protocol.codes import Role

    say = partial(print, flush=True)
    try:
        ended = asyncio.run(book(file, server, Role(role.value), token, say, dry_run=dry_run))
    except KeyboardInterrupt:
        print("ended; run it again to book the rest, nothing is booked twice")
        raise typer.Exit(130) from None
    raise typer.Exit(ended)


@policy.command()
def poster(
    site: SiteFile,
    service: Annotated[
        str | None, typer.Option(help="Only the sheet of this service.", show_default=False)
    ] = None,
    out: Annotated[
        str, typer.Option(help="FILE.html, FILE.svg, or - for standard output.", show_default=True)
    ] = "poster.html",
    text: Annotated[bool, typer.Option("--text", help="Plain text on the terminal.")] = False,
) -> None:
    """Write the calling rule for the wall: an A3 sheet in Vietnamese and English, by the site file's numbers.

    One sheet for each way of calling; an .svg holds one sheet, so name a service where there are several.

    Example: queue-server policy poster hospital.toml --service general --out general.svg
    """
    from queue_server.poster import html, plain, posters, svg
    from queue_server.site import SiteMistakes, load

    try:
        facility = load(site).facility
    except SiteMistakes as error:
        print(error)
        raise typer.Exit(2) from None
    if service is not None and service not in facility.services:
        print(f'there is no service "{service}"; there are: {", ".join(sorted(facility.services))}')
        raise typer.Exit(2)
    sheets = posters(facility, service)
    if text:
        print(plain(sheets), end="")
        return
    if out == "-":
        print(html(sheets), end="")
        return
    if not out.endswith((".html", ".svg")):
        print(f"{out} is no .html and no .svg")
        raise typer.Exit(2)
    if out.endswith(".svg") and len(sheets) > 1:
        print("there are several ways of calling here: name one with --service, or write an .html")
        raise typer.Exit(2)
    try:
        Path(out).write_text(svg(sheets[0]) if out.endswith(".svg") else html(sheets), encoding="utf-8")
    except OSError as error:
        print(f"{out} cannot be written ({error.strerror})")
        raise typer.Exit(1) from None
    print(f"{out}: {len(sheets)} {'sheet' if len(sheets) == 1 else 'sheets'}, A3")


@journal.command()
def verify(site: SiteFile, data: DataFolder = Path("var")) -> None:
    """Check that nobody changed the journal: every row carries a hash of the one before.

    Example: queue-server journal verify hospital.toml --data /var/lib/denluot
    """
    from queue_server.app import DATABASE
    from queue_server.site import SiteMistakes, load
    from queue_server.store.port import StoreError
    from queue_server.store.sql import SqlStore

    try:
        if not (data / DATABASE).is_file():
            print(f"{data} has no journal")
            raise typer.Exit(1)
        broken = SqlStore(data / DATABASE, load(site).facility.id, "verify").read_chain_break()
    except (StoreError, SiteMistakes) as error:
        logging.getLogger(__name__).debug("not read", exc_info=True)
        print(f"the journal cannot be read: {error}")
        raise typer.Exit(1) from None
    if broken is not None:
        print(f"the journal was changed at event {broken}, or before")
        raise typer.Exit(1)
    print("the journal is whole")


HisFile = Annotated[
    Path, typer.Option("--config", help="The link's file (TOML); its secrets may lie in files of their own.")
]


@his.command()
def http(
    config: HisFile = Path("his.toml"),
    log_level: Annotated[LogLevel, typer.Option(help="What to write to standard error.")] = LogLevel.INFO,
) -> None:
    """The HIS posts what it says as JSON, and is told in turn. The last line on standard output is `ready`.

    Example: queue-server his http --config /etc/denluot/his.toml
    """
    _link("http", config, log_level)


@his.command()
def view(
    config: HisFile = Path("his.toml"),
    log_level: Annotated[LogLevel, typer.Option(help="What to write to standard error.")] = LogLevel.INFO,
) -> None:
    """Read a view in the HIS's database again and again. Nothing is ever written there.

    Example: queue-server his view --config /etc/denluot/his.toml
    """
    _link("view", config, log_level)


def _link(way: str, config: Path, log_level: LogLevel) -> None:
    from queue_server import logs
    from queue_server.his.program import Way
    from queue_server.his.program import run as run_link

    logs.start(log_level)
    raise typer.Exit(run_link(config, Way(way), lambda line: print(line, flush=True)))


@his.command("check")
def check_link(config: HisFile = Path("his.toml")) -> None:
    """Explain what is wrong with the link's file, or with the view that it names.

    Example: queue-server his check --config his.toml
    """
    from queue_server.his.program import check as check_settings

    found = check_settings(config)
    for mistake in found:
        print(mistake)
    print(f"{config}: {'good' if not found else 'cannot be used'}")
    raise typer.Exit(2 if found else 0)


@his.command()
def letters(config: HisFile = Path("his.toml")) -> None:
    """List what the HIS said and nobody could use, the newest first. The link must not be running; while it
    is, GET /his/v1/letters tells the same.

    Example: queue-server his letters --config his.toml
    """
    from queue_server.his.keep import KeepError
    from queue_server.his.program import letters as read_letters
    from queue_server.his.settings import SettingsMistake

    try:
        for line in read_letters(config):
            print(line)
    except (SettingsMistake, KeepError) as error:
        print(error)
        raise typer.Exit(2) from None


@app.command()
def accuracy(
    site: SiteFile,
    data: DataFolder = Path("var"),
    day: Annotated[str, typer.Option(help="Service day, as 2026-11-23; without one, today.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for other programs.")] = False,
) -> None:
    """Say how often what patients were told held: "not before", "usually by", and how far off it was.

    Judged is the first time that somebody was told in a line, once they are called. The server may run
    meanwhile.

    Example: queue-server accuracy hospital.toml --data /var/lib/denluot --day 2026-11-23
    """
    from queue_server.accuracy import NothingKept, read_day, told
    from queue_server.site import SiteMistakes, load
    from queue_server.store.port import StoreError

    try:
        lines = read_day(load(site).facility, data, day)
    except (NothingKept, StoreError, SiteMistakes) as error:
        print(f"the journal cannot be read: {error}")
        raise typer.Exit(1) from None
    if as_json:
        print(json.dumps([line.as_json() for line in lines], indent=2))
    else:
        print(told(lines))


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of

    print(version_of("denluot"))


def main() -> None:
    """Entry point."""
    app()
