"""`queue-board`: the command line of a hall screen."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from display.board.app import Board
from display.texts import ScreenLanguage
from queue_server.protocol.codes import Language

cli = typer.Typer(add_completion=False, rich_markup_mode=None)


@cli.command()
def board(
    server: Annotated[
        list[str],
        typer.Option(
            envvar="DENLUOT_SERVER",
            help="Address of the queue server, ws://host:port/ws. Give several: they are tried in turn.",
        ),
    ],
    hall: Annotated[str, typer.Option(help="The hall whose calls are shown, by its id in the site file.")],
    token: Annotated[str, typer.Option(envvar="DENLUOT_TOKEN", help="This screen's device token.")],
    language: Annotated[
        ScreenLanguage, typer.Option(help="The large language; the other is shown small.")
    ] = ScreenLanguage.VI,
    time_zone: Annotated[str, typer.Option(help="Time zone of the clock shown.")] = "Asia/Ho_Chi_Minh",
    voice: Annotated[
        bool, typer.Option(help="Speak new calls; needs the program espeak-ng and a loudspeaker.")
    ] = False,
    log_file: Annotated[Path | None, typer.Option(help="Write a log to this file.")] = None,
) -> None:
    """Show the calls of one hall, full screen.

    The screen keeps its last picture when the server is out of reach, dims it, and says how old it is.
    Ctrl-Q or Ctrl-C ends it.
    """
    if log_file is not None:
        logging.basicConfig(
            filename=log_file, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
        )
    spoken = Language(language.value)
    Board(server, token, hall, language=spoken, time_zone=time_zone, voice=voice).run()


def main() -> None:
    """Entry point of `queue-board`."""
    cli()


if __name__ == "__main__":
    main()
