"""HIS.md tells the truth: its examples are what the adapters read and write."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from queue_server.his import settings, view
from queue_server.his.port import Answer, Heard, Outcome, Said, Told, What

PAGE = (Path(settings.__file__).parent / "HIS.md").read_text(encoding="utf-8")
EXAMPLES: dict[str, list[str]] = {
    kind: re.findall(rf"```json {kind}\n(.*?)\n```", PAGE, re.DOTALL)
    for kind in ("said", "heard", "told", "answer")
}


@pytest.mark.parametrize("example", EXAMPLES["said"])
def test_what_a_his_says_can_be_read(example: str) -> None:
    msgspec.json.decode(example, type=Said)


def test_every_saying_has_an_example() -> None:
    told = {type(msgspec.json.decode(example, type=Said)) for example in EXAMPLES["said"]}
    assert told == set(get_args(Said))


def test_answers_and_facts_are_written_like_that() -> None:
    (heard,), (told,), (answer,) = EXAMPLES["heard"], EXAMPLES["told"], EXAMPLES["answer"]
    results = msgspec.json.decode(heard, type=dict[str, list[Heard]])["results"]
    assert msgspec.json.encode({"results": results}).decode() == heard
    assert msgspec.json.encode(msgspec.json.decode(told, type=Told)).decode() == told
    msgspec.json.decode(answer, type=Answer)


def test_every_code_is_told() -> None:
    for code in (*What, *Outcome, *view.NEEDED, *view.OPTIONAL):
        assert f"`{code}`" in PAGE, code


def test_the_file_of_the_example_can_be_read(tmp_path: Path) -> None:
    text = next(
        block for block in re.findall(r"```toml\n(.*?)\n   ```", PAGE, re.DOTALL) if "memory" in block
    )
    for name in ("token", "secret", "tells-secret", "view-url"):
        (tmp_path / name).write_text(f"{name}-of-the-example\n", encoding="utf-8")
    (tmp_path / "his.toml").write_text(text, encoding="utf-8")
    read = settings.load(tmp_path / "his.toml")
    assert read.queue_server.token == "token-of-the-example"
    assert read.clinics == {"P12": "room-12"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clinics = 3", "Known sections and keys"),
        ("[http]\nprot = 1", "unknown field `prot`"),
        ("nonsense", "is not TOML"),
        ('[queue_server]\ntoken_file = "none"', "cannot be read"),
        ("", "queue-server token"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "his.toml").write_text(text, encoding="utf-8")
    with pytest.raises(settings.SettingsMistake, match=re.escape(said)):
        settings.load(tmp_path / "his.toml")
