"""The sentences of the other languages: one gettext catalog each, written by translators, not by us.

An entry's `msgctxt` is the name of a sentence and its `msgid` the English one, so that a sentence which has
changed since has no translation any more. What is missing, fuzzy or changed is said in English. A catalog is
a draft until somebody who grew up with the language has read it and its header says `X-Reviewed: yes`; drafts
are never offered to a patient.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files

from kiosk.texts.en import ENGLISH
from kiosk.texts.sentences import Sentences
from queue_server.protocol.codes import Language

LANGUAGES = (Language.KM, Language.ZH, Language.KO, Language.JA)
"""Those that come as catalogs."""

REVIEWED = "X-Reviewed"


@dataclass(frozen=True, slots=True)
class Catalog:
    """One language. said: the translation by a sentence's name and its English."""

    language: Language
    is_reviewed: bool
    said: Mapping[tuple[str, str], str]


def named(sentences: Sentences = ENGLISH) -> Iterator[tuple[str, str]]:
    """Every sentence with its name; those of a table are called `table.entry`."""
    for field in fields(sentences):
        value = getattr(sentences, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name}.{key}", said) for key, said in value.items())
        else:
            yield field.name, value


@cache
def catalog(language: Language) -> Catalog:
    """The catalog of a language that has one. It takes some milliseconds to read."""
    from babel.messages.pofile import read_po

    text = (files("kiosk.texts.catalogs") / f"{language}.po").read_text(encoding="utf-8")
    found = read_po(io.StringIO(text))
    said = {
        (message.context, message.id): message.string
        for message in found
        if isinstance(message.id, str) and isinstance(message.string, str)
        if message.context and message.string and not message.fuzzy
    }
    return Catalog(language, is_marked_reviewed(text), said)


def is_marked_reviewed(text: str) -> bool:
    """Whether the header of a catalog's file says that somebody has read it all."""
    return re.search(rf'^"{REVIEWED}:\s*yes\\n"$', text, re.MULTILINE) is not None


def translated(language: Language) -> Sentences:
    """The sentences of a language that has a catalog, English where it has gaps."""
    said = catalog(language).said

    def tell(name: str, english: str) -> str:
        return said.get((name, english), english)

    changed: dict[str, str | dict[str, str]] = {}
    for field in fields(ENGLISH):
        value = getattr(ENGLISH, field.name)
        if isinstance(value, Mapping):
            changed[field.name] = {key: tell(f"{field.name}.{key}", text) for key, text in value.items()}
        else:
            changed[field.name] = tell(field.name, value)
    return replace(ENGLISH, **changed)  # type: ignore[arg-type]  # the fields of ENGLISH itself
