"""`queue-console`: the command line of the staff console."""

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from display.console.app import Console
from display.texts import ScreenLanguage
from queue_server.protocol.codes import Language, Role

cli = typer.Typer(add_completion=False, rich_markup_mode=None)


class StaffRole(StrEnum):
    """Roles that work with a console."""

    CLINIC = "clinic"
    RECEPTION = "reception"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@cli.command()
def console(
    server: Annotated[
        list[str],
        typer.Option(
            envvar="DENLUOT_SERVER",
            help="Address of the queue server, ws://host:port/ws. Give several: they are tried in turn.",
        ),
    ],
    token: Annotated[str, typer.Option(envvar="DENLUOT_TOKEN", help="This desk's device token.")],
    clinic: Annotated[
        str | None, typer.Option(help="Where to work, by its id in the site file; else the console asks.")
    ] = None,
    role: Annotated[
        StaffRole, typer.Option(envvar="DENLUOT_ROLE", help="The role that the token was made for.")
    ] = StaffRole.CLINIC,
    language: Annotated[
        ScreenLanguage, typer.Option(help="Language of the screen; F2 changes it.")
    ] = ScreenLanguage.VI,
    time_zone: Annotated[str, typer.Option(help="Time zone of the clock shown.")] = "Asia/Ho_Chi_Minh",
    log_file: Annotated[Path | None, typer.Option(help="Write a log to this file.")] = None,
) -> None:
    """Call patients at a clinic or desk: sign on, call, recall, hold, send on, undo.

    Every action is one key, shown at the bottom; F1 explains them all. Scan a ticket at any time to select
    its visit. What is pressed while the server is out of reach is kept and sent again. Ctrl-Q leaves, after
    asking.
    """
    if log_file is not None:
        logging.basicConfig(
            filename=log_file, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
        )
    spoken = Language(language.value)
    Console(server, token, clinic=clinic, role=Role(role.value), language=spoken, time_zone=time_zone).run()


def main() -> None:
    """Entry point of `queue-console`."""
    cli()


if __name__ == "__main__":
    main()
