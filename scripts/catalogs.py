"""Brings the catalogs in kiosk/texts/catalogs up to the kiosk's English sentences, or says what they lack."""

import io
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from kiosk.slip import DEFAULT_TEXTS
from kiosk.texts.catalogs import LANGUAGES, REVIEWED, is_marked_reviewed, named
from queue_server.protocol.codes import Language

FOLDER = Path(__file__).parents[1] / "kiosk" / "texts" / "catalogs"

cli = typer.Typer(add_completion=False, rich_markup_mode=None)


@cli.command()
def update(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail where a reviewed catalog has gaps.")
    ] = False,
) -> None:
    """Bring the catalogs of Khmer, Chinese, Korean and Japanese up to the English sentences of the kiosk.

    A new sentence gets an empty entry. One whose English has changed keeps its translation, marked fuzzy: the
    kiosk says it in English until a translator has looked at it and removed the mark. One that is gone is
    dropped. This program translates nothing.

    For translators: edit kiosk/texts/catalogs/LANGUAGE.po with any gettext editor. `msgctxt` is the
    sentence's name in kiosk/texts/sentences.py (`ticket.` for those on paper); words in {braces} stay as they
    are. Look at your work with `queue-kiosk --unreviewed` and `queue-kiosk preview --language km`.
    Somebody who grew up with the language reads it all and sets `X-Reviewed: yes` in the header; from then on
    a hospital can offer it, with `languages` in its site file. Khmer has no spaces between words: on paper,
    lines break where you put a zero-width space (U+200B).

    Examples:

      scripts/update-catalogs           after changing English sentences

      scripts/update-catalogs --check   what is missing, language by language
    """
    is_whole = True
    for language in LANGUAGES:
        file = FOLDER / f"{language}.po"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        reviewed = is_marked_reviewed(text)
        old = parsed(text, language)
        new, told = brought_up(old, language)
        typer.echo(f"{language}: {told}")
        for problem in problems(new):
            typer.echo(f"  {problem}")
            is_whole = False
        if reviewed and any(not message.string or message.fuzzy for message in entries(new)):
            typer.echo("  reviewed, but not whole: translate the rest, or set X-Reviewed: no")
            is_whole = False
        if not check:
            file.write_text(written(new, reviewed=reviewed), encoding="utf-8")
    if check and not is_whole:
        raise typer.Exit(1)


def sentences() -> dict[str, str]:
    """Every English sentence by its name, those of the ticket too."""
    return {
        **dict(named()),
        **{f"ticket.{name}": words["en"] for name, words in DEFAULT_TEXTS.items()},
    }


def parsed(text: str, language: Language) -> Catalog:
    """The entries of a catalog's file; none of an empty one."""
    return read_po(io.StringIO(text), locale=language.value)


def entries(catalog: Catalog) -> Iterator[Message]:
    """The entries, without the header."""
    return (message for message in catalog if message.id)


def brought_up(old: Catalog, language: Language) -> tuple[Catalog, str]:
    """The catalog as it has to be now, and in words what became of it."""
    had = {str(message.context): message for message in entries(old)}
    new = Catalog(
        locale=language.value,
        project="denluot",
        version="1",
        last_translator=old.last_translator if had else "nobody yet",
        language_team=str(language),
        msgid_bugs_address="none",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
        fuzzy=False,
    )
    new.header_comment = f"# The kiosk's sentences ({language}). Read scripts/update-catalogs --help first."
    counts = dict.fromkeys(("translated", "new or empty", "fuzzy"), 0)
    for name, english in sentences().items():
        before = had.pop(name, None)
        said = before.string if before is not None else ""
        fuzzy = before is not None and bool(said) and (before.fuzzy or before.id != english)
        flags = {"fuzzy"} if fuzzy else set()
        new.add(english, said, context=name, flags=flags)
        counts["fuzzy" if fuzzy else "translated" if said else "new or empty"] += 1
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    return new, f"{told}, {len(had)} gone"


def problems(catalog: Catalog) -> Iterator[str]:
    """What no reviewer has to see before it is put right: braces that are not those of the English."""
    for message in entries(catalog):
        said, english = str(message.string), str(message.id)
        if said and not message.fuzzy and blanks(said) != blanks(english):
            wanted = ", ".join(f"{{{name}}}" for name in sorted(blanks(english))) or "no braces"
            yield f"{message.context}: its braces have to be {wanted}"


def blanks(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def written(catalog: Catalog, *, reviewed: bool) -> str:
    """The file of a catalog."""
    file = io.BytesIO()
    write_po(file, catalog, width=110)
    said = f'"{REVIEWED}: {"yes" if reviewed else "no"}\\n"\n'
    head, end, rest = file.getvalue().decode().partition('"Generated-By:')
    return head + said + end + rest


if __name__ == "__main__":
    cli()
