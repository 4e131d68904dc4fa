"""The catalogs of the other languages: nothing wrong in them, and no draft before a patient."""

import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog as Entries

from kiosk import texts
from kiosk.texts import LANGUAGES, SENTENCES, is_draft, offered, read
from kiosk.texts.catalogs import Catalog, catalog, is_marked_reviewed, named, translated
from queue_server.protocol.codes import Language
from queue_server.protocol.labels import Label
from scripts import catalogs

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_braces_are_those_of_the_english(language: Language) -> None:
    for (name, english), said in catalog(language).said.items():
        assert catalogs.blanks(said) == catalogs.blanks(english), name
        assert said == said.strip(), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reviewed_catalog_has_every_sentence(language: Language) -> None:
    found = catalog(language)
    gaps = [name for name, english in catalogs.sentences().items() if (name, english) not in found.said]
    assert not found.is_reviewed or gaps == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_called_by_its_own_name(language: Language) -> None:
    assert SENTENCES[language].own_name not in {SENTENCES[other].own_name for other in (Language.EN,)}


def test_sentences_have_all_their_names() -> None:
    names = [name for name, _ in named()]
    assert len(names) == len(set(names))
    assert {"welcome_title", "problems.empty", "stop_states.called"} <= set(names)


def test_a_draft_is_offered_to_reviewers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = (Language.VI, Language.KM, Language.JA)
    reviewed = {language: replace(catalog(language), is_reviewed=False) for language in LANGUAGES}
    reviewed[Language.JA] = replace(catalog(Language.JA), is_reviewed=True)
    monkeypatch.setattr(texts, "catalog", reviewed.__getitem__)
    assert offered(wanted) == (Language.VI, Language.JA)
    assert offered(wanted, drafts=True) == tuple(Language)
    assert [language for language in Language if is_draft(language)] == [
        Language.KM,
        Language.ZH,
        Language.KO,
    ]


@pytest.mark.parametrize(
    ("header", "reviewed"),
    [
        ("X-Reviewed: yes", True),
        ("X-Reviewed: no", False),
        ("X-Other: yes", False),
        ("X-Reviewed: yesterday", False),
    ],
)
def test_only_a_plain_yes_in_the_header_counts(header: str, reviewed: bool) -> None:
    assert is_marked_reviewed(f'msgid ""\nmsgstr ""\n"{header}\\n"\n') is reviewed


def test_words_of_the_site_are_english_to_all_who_read_no_vietnamese() -> None:
    label = Label(vi="Mắt", en="Eyes")
    assert [read(label, language) for language in (Language.VI, Language.EN, Language.KM)] == [
        "Mắt",
        "Eyes",
        "Eyes",
    ]
    assert read(Label(vi="Mắt", en=""), Language.KM) == "Mắt"


def test_what_changed_in_english_waits_for_the_translator() -> None:
    old = Entries(locale="km")
    sentences = catalogs.sentences()
    old.add(sentences["back"], "ថយក្រោយ", context="back")
    old.add("Once upon a time", "កាលពីព្រេងនាយ", context="home")
    old.add("Gone", "បាត់", context="no_such_sentence")
    new, told = catalogs.brought_up(old, Language.KM)
    entries = {str(entry.context): entry for entry in catalogs.entries(new)}
    assert entries.keys() == sentences.keys()
    assert not entries["back"].fuzzy
    assert (entries["home"].fuzzy, entries["home"].string) == (True, "កាលពីព្រេងនាយ")
    assert told.startswith("1 translated")
    assert told.endswith("1 fuzzy, 1 gone")


@pytest.mark.parametrize("reviewed", [True, False])
def test_bringing_up_twice_changes_nothing_more(reviewed: bool) -> None:
    text = (catalogs.FOLDER / "km.po").read_text(encoding="utf-8")
    once = catalogs.written(
        catalogs.brought_up(catalogs.parsed(text, Language.KM), Language.KM)[0], reviewed=reviewed
    )
    twice = catalogs.brought_up(catalogs.parsed(once, Language.KM), Language.KM)[0]
    assert catalogs.written(twice, reviewed=reviewed) == once
    assert is_marked_reviewed(once) is reviewed


def test_wrong_braces_are_told() -> None:
    wrong = Entries(locale="km")
    wrong.add("{count} before you", "{cuont} នាក់", context="ahead")
    assert list(catalogs.problems(wrong)) == ["ahead: its braces have to be {count}"]


def test_gaps_and_changed_sentences_are_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {("back", "Back"): "ថយក្រោយ", ("home", "Once upon a time"): "កាលពីព្រេងនាយ"}
    monkeypatch.setattr(
        "kiosk.texts.catalogs.catalog", lambda language: Catalog(language, is_reviewed=True, said=said)
    )
    found = translated(Language.KM)
    assert (found.back, found.home) == ("ថយក្រោយ", SENTENCES[Language.EN].home)
    assert found.problems == SENTENCES[Language.EN].problems


def test_the_program_teaches_itself_and_checks_what_is_there() -> None:
    told = subprocess.run(
        [ROOT / "scripts/update-catalogs", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "X-Reviewed: yes" in told.stdout
    checked = subprocess.run(
        [ROOT / "scripts/update-catalogs", "--check"], capture_output=True, text=True, timeout=60, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert [line.split(":")[0] for line in checked.stdout.splitlines()] == list(LANGUAGES)


@pytest.mark.parametrize("language", Language)
def test_letters_are_composed(language: Language) -> None:
    """A mark that stands apart from its letter is lost in many a terminal."""
    for name, said in named(SENTENCES[language]):
        assert unicodedata.is_normalized("NFC", said), name
