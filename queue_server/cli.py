"""The command `queue-server`. Each command imports what it needs when it runs: `--help` is instant."""

import gc
import json
import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
    for mistake in sorted(found, key=lambda each: not each.warning):
        print(mistake)
    wrong = sum(not mistake.warning for mistake in found)
    said = {0: "good", 1: "1 mistake"}.get(wrong, f"{wrong} mistakes")
    print(f"{site}: {said}")
    raise typer.Exit(2 if wrong else 0)


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


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of

    print(version_of("denluot"))


def main() -> None:
    """Entry point."""
    app()
