"""What the kiosk says. Vietnamese and English are tables, and mypy sees that they have no gaps.

The other languages are catalogs, read when one is first asked for.
"""

from collections.abc import Iterable, Iterator, Mapping

from kiosk.texts.catalogs import LANGUAGES, catalog, translated
from kiosk.texts.en import ENGLISH
from kiosk.texts.sentences import Sentences
from kiosk.texts.vi import VIETNAMESE
from queue_server.protocol.codes import Language
from queue_server.protocol.labels import Label


class _Tables(Mapping[Language, Sentences]):
    def __init__(self) -> None:
        self._read = {Language.VI: VIETNAMESE, Language.EN: ENGLISH}

    def __getitem__(self, language: Language) -> Sentences:
        if language not in self._read:
            self._read[language] = translated(language)
        return self._read[language]

    def __iter__(self) -> Iterator[Language]:
        return iter(Language)

    def __len__(self) -> int:
        return len(Language)


SENTENCES: Mapping[Language, Sentences] = _Tables()


def is_draft(language: Language) -> bool:
    """Whether nobody has reviewed the words of this language yet."""
    return language in LANGUAGES and not catalog(language).is_reviewed


def offered(languages: Iterable[Language], *, drafts: bool = False) -> tuple[Language, ...]:
    """What a patient may choose of the languages that the site lists. drafts: reviewers look at them all."""
    if drafts:
        return tuple(Language)
    return tuple(language for language in languages if not is_draft(language))


def read(label: Label, language: Language) -> str:
    """A label for the reader of a language: a site's own words are there in Vietnamese and English only."""
    return label.vi if language is Language.VI or not label.en else label.en


def ticket_words(language: Language, english: Mapping[str, str]) -> dict[str, str]:
    """The ticket's words in a language, by name, as far as they are translations of these English ones."""
    if language not in LANGUAGES:
        return {}
    said = catalog(language).said
    known = ((name, said.get((f"ticket.{name}", text))) for name, text in english.items())
    return {name: text for name, text in known if text is not None}


__all__ = ["LANGUAGES", "SENTENCES", "Sentences", "is_draft", "offered", "read", "ticket_words"]
