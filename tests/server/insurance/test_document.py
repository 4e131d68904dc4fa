"""INSURANCE.md tells the truth: its table, its files and its keys are what the code reads."""

import re
from pathlib import Path

import pytest

from queue_server import insurance, site
from queue_server.insurance.account import ENVIRONMENT
from queue_server.insurance.meanings import MEANINGS, meaning
from queue_server.insurance.runner import Patience
from queue_server.protocol.codes import PortalState

PAGE = (Path(insurance.__file__).parent / "INSURANCE.md").read_text(encoding="utf-8")
ACCOUNT, SECTION = re.findall(r"```toml\n(.*?)\n *```", PAGE, re.DOTALL)
SMALL = Path(__file__).parents[1] / "site" / "small.toml"


def test_the_table_is_the_programs() -> None:
    rows = re.findall(r"^\| (\d{3}(?:, \d{3})*) \| .* \| (\w+) \| (\w+) \|$", PAGE, re.MULTILINE)
    told = {code: (status, advice) for codes, status, advice in rows for code in codes.split(", ")}
    assert told == {code: (meaning(code).status, meaning(code).advice) for code in MEANINGS}


def test_its_files_can_be_used(tmp_path: Path) -> None:
    secret, file = tmp_path / "insurance.toml", tmp_path / "site.toml"
    secret.write_text(ACCOUNT, encoding="utf-8")
    secret.chmod(0o600)
    file.write_text(f"{SMALL.read_text(encoding='utf-8')}\n{SECTION}", encoding="utf-8")
    settings = site.load(file).insurance
    assert settings is not None
    assert (settings.timeout, settings.at_once, settings.opens, settings.ends) == (10, 2, 300, 1140)


@pytest.mark.parametrize("word", [*ENVIRONMENT.values(), *PortalState])
def test_every_word_is_told(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_how_long_it_says_to_wait() -> None:
    patience = Patience()
    assert (patience.again, patience.again_most) == (60, 15 * 60)
    assert (patience.away, patience.away_most, patience.account) == (5, 5 * 60, 10 * 60)
