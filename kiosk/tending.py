"""`queue-kiosk pin` and `queue-kiosk browser`: for whoever looks after a kiosk."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

pin_cli = typer.Typer(add_completion=False, rich_markup_mode=None)
browser_cli = typer.Typer(add_completion=False, rich_markup_mode=None)


@pin_cli.command()
def pin(
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="DENLUOT_KIOSK_DATA", help="The kiosk's folder. [default: the user's data folder]"
        ),
    ] = None,
    kiosk: Annotated[
        str, typer.Option(envvar="DENLUOT_KIOSK", help="This kiosk's id, where --data is not given.")
    ] = "",
) -> None:
    """Set the PIN that opens the attendants' pages of a kiosk. Only its hash is kept.

    At the kiosk: four taps on the hospital's name, or F12, then the PIN. After five wrong ones none counts
    for a minute, then for two, and so on. A running kiosk takes the new PIN at once.

    Example: sudo -u kiosk queue-kiosk pin --data /var/lib/denluot-kiosk
    """
    if data is None and not kiosk:
        raise typer.BadParameter("give --data, or --kiosk as in the site file", param_hint="--data")
    folder = data or platformdirs.user_data_path("denluot") / kiosk
    # A kiosk that starts loads it with the rest, and need not look through it twice.
    from kiosk.duty import pin as pins

    if sys.stdin.isatty():
        told: str = typer.prompt("The new PIN, 4 to 12 digits", hide_input=True, confirmation_prompt=True)
    else:
        told = sys.stdin.readline().strip()
    try:
        file = pins.keep(folder, told)
    except ValueError as error:
        typer.echo(f"No PIN was set: {error}.", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"No PIN was set: {error.strerror}: {folder}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"The PIN is set, as a hash in {file}.")


@browser_cli.command()
def browser(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8830,
    letters: Annotated[int, typer.Option(min=8, max=96, help="Height of a letter, pixels.")] = 32,
    at_once: Annotated[
        int, typer.Option(min=1, max=4, help="How many pages may be open: each is a kiosk.")
    ] = 1,
) -> None:
    """Show the kiosk in a browser of this machine, where no terminal takes touch.

    It is served to this machine only, one page at a time. All settings of the kiosk come from the
    environment, as in /etc/denluot/kiosk.env. Needs the extra `browser`.

    Example: queue-kiosk browser & chromium --kiosk --noerrdialogs --no-first-run http://127.0.0.1:8830/
    """
    try:
        from kiosk.browser import KioskServer
    except ModuleNotFoundError as error:
        typer.echo(
            f"{error.name} is missing. In the checkout: .venv/bin/pip install -e '.[browser]'", err=True
        )
        raise typer.Exit(1) from None
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s", force=True)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    command = [sys.executable, "-m", "kiosk.cli"]
    KioskServer(command, port, letters=letters, at_once=at_once).serve()
