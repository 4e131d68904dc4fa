"""The simulator as a program: what it compares, refuses, repeats and draws."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from queue_server import site
from queue_server.engine.facility import FirstCome, HeadStart, Ratio
from queue_server.protocol.codes import Authority, Balance, Binding, ClinicKind, VisitEnd
from scripts.simulation import crowds, days, hospitals, variants
from scripts.simulation.__main__ import main
from scripts.simulation.crowds import MINUTE
from scripts.simulation.figures import of_world
from scripts.simulation.profiles import PROFILES
from scripts.simulation.variants import UnknownPolicy, Variant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_profile_brings_a_site_that_the_server_takes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(hospitals.site_file(PROFILES[name]), encoding="utf-8")
    assert [mistake for mistake in site.check(path) if not mistake.warning] == []


def test_a_monday_comes_as_the_plan_says() -> None:
    patients = crowds.draw(PROFILES["district"], seed=1)
    assert len(patients) == 5000
    hour = 60 * MINUTE
    early = sum(patient.at < 7 * hour for patient in patients) / 5000
    morning = sum(6.5 * hour <= patient.at < 9.5 * hour for patient in patients) / 5000
    second = [sum(h * hour <= p.at < (h + 1) * hour for p in patients) for h in (11, 12, 13, 14)]
    assert early == pytest.approx(0.35, abs=0.03)
    assert morning == pytest.approx(0.50, abs=0.03)
    assert second[2] == max(second)


def test_the_same_seed_is_the_same_day() -> None:
    plan = days.of_profile(PROFILES["commune"])
    first, again, other = (of_world(days.play(plan, Variant(), seed)) for seed in (3, 3, 4))
    assert first == again
    assert first.waits != other.waits


def test_a_variant_changes_the_rules_and_not_the_patients() -> None:
    plan = days.of_profile(PROFILES["commune"])
    worlds = [days.play(plan, Variant(balance=balance), 5) for balance in ("random", "pooled")]
    brought = [
        sorted((log.arrived_at, log.lane, len(log.turns)) for log in world.watch.visits.values())
        for world in worlds
    ]
    assert brought[0] == brought[1]


def test_nobody_is_lost_on_a_whole_day() -> None:
    world = days.play(days.of_profile(PROFILES["commune"], warm=False), Variant(), 2)
    assert world.house.day.closed
    ends = Counter(log.end for log in world.watch.visits.values())
    assert None not in ends
    assert ends[VisitEnd.COMPLETED] >= 27


def test_variants_change_what_they_name() -> None:
    plan = hospitals.facility(PROFILES["commune"])
    pooled = variants.apply(Variant("ratio:3:1", "pooled", "his_leads"), plan)
    exam = pooled.services["general"]
    assert exam.kind is ClinicKind.EXAM
    assert exam.policy.rule == Ratio(3, 1)
    assert (exam.binding, exam.authority) == (Binding.POOLED, Authority.HIS_LEADS)
    assert pooled.services["reception"].authority is Authority.ALONE
    assert variants.apply(Variant(balance="fewest_heads"), plan).balance is Balance.FEWEST_HEADS
    assert variants.apply(Variant(), plan) == plan
    assert variants.rule_of("head_start:20") == HeadStart(20)
    assert variants.rule_of("first_come") == FirstCome()


@pytest.mark.parametrize(
    "policy", ["nonsense", "ratio:0:1", "ratio:4:1", "ratio:1", "priority_first:99", "head_start:-5", ""]
)
def test_a_policy_that_is_none_or_could_starve_is_refused(
    policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnknownPolicy):
        variants.rule_of(policy)
    assert main(["--generate", "commune", "--policy", policy]) == 2
    assert "head_start" in capsys.readouterr().err or policy.startswith(("ratio", "priority"))


def test_every_combination_is_played_on_the_same_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told.json"
    given = ["--generate", "commune", "--first-day", "--runs", "2", "--json", str(told)]
    given += ["--policy", "first_come", "--policy", "ratio:2:1", "--authority", "alone"]
    assert main([*given, "--authority", "his_leads"]) == 0
    runs = json.loads(told.read_text(encoding="utf-8"))["runs"]
    assert [(run["policy"], run["authority"]) for run in runs] == [
        ("first_come", "alone"),
        ("first_come", "his_leads"),
        ("ratio:2:1", "alone"),
        ("ratio:2:1", "his_leads"),
    ]
    assert "±" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_picture_is_drawn(tmp_path: Path, language: str, form: str) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / f"waits.{form}"
    given = ["--generate", "commune", "--first-day", "--balance", "random", "--balance", "pooled"]
    assert main([*given, "--plot", str(picture), "--language", language]) == 0
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG" if form == "png" else b"<?xml")


def test_what_cannot_be_used_is_refused_before_anything_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 2
    assert main(["--generate", "commune", "--day", "day.csv"]) == 2
    assert main(["--generate", "commune", "--plot", str(tmp_path / "waits.gif")]) == 2
    assert main(["--site", str(tmp_path / "none.toml"), "--day", "day.csv"]) == 2
    assert main(["--journal", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert ".png or .svg" in told.err
    assert "there is no journal" in told.err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(name in told for name in (*PROFILES, *variants.POLICIES, "examples:", "service_seconds"))


def test_the_script_is_a_shell_script_that_ends_in_the_package() -> None:
    subprocess.run(["sh", "-n", ROOT / "scripts" / "simulate"], check=True)
