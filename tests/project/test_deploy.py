"""What is put on a hospital's machines: scripts run, units say what they must, nothing is overwritten."""

import configparser
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "scripts" / "deploy"
SCRIPTS = ("install", "kiosk-session")
UNITS = ("queue-server.service", "queue-kiosk.service")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_a_shell_s_and_tells_what_it_does(script: str) -> None:
    file = str(DEPLOY / script)
    assert os.access(file, os.X_OK)
    assert run("sh", "-n", file).returncode == 0
    if shutil.which("shellcheck"):
        assert run("shellcheck", file).stdout == ""
    told = run(file, "--help")
    assert told.returncode == 0
    assert len(told.stdout.splitlines()) > 5
    assert run(file, "--nonsense").returncode == 2


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_well_formed(unit: str) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd here")
    told = run("systemd-analyze", "verify", str(DEPLOY / unit))
    # The programs are not installed where the tests run.
    assert [line for line in told.stderr.splitlines() if "is not executable" not in line] == []


@pytest.mark.parametrize("unit", UNITS)
def test_a_program_comes_back_for_ever_and_has_few_rights(unit: str) -> None:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # keys are CamelCase
    found.read(DEPLOY / unit)
    assert found["Unit"]["StartLimitIntervalSec"] == "0"
    service = found["Service"]
    assert (service["Restart"], service["NoNewPrivileges"]) == ("always", "yes")
    assert service["ProtectSystem"] == "strict"
    assert service["User"] in ("denluot", "kiosk")


def test_the_kiosk_s_terminal_may_write_where_a_session_lives() -> None:
    service = (DEPLOY / "queue-kiosk.service").read_text().splitlines()
    # A strict ProtectSystem leaves nothing but /dev, /proc and /sys, so that cage would have no socket.
    assert "ReadWritePaths=-/run/user" in service
    assert "PAMName=login" in service
    # Either shuts out printer, scanner and sound; the first one where systemd is older than 253.
    assert not {"ProtectClock=yes", "PrivateDevices=yes"} & set(service)


def test_settings_with_two_servers_can_be_read_by_a_shell_too(tmp_path: Path) -> None:
    assert run(str(DEPLOY / "install"), "kiosk", DENLUOT_ROOT=str(tmp_path)).returncode == 0
    settings = tmp_path / "etc/denluot/kiosk.env"
    settings.write_text(settings.read_text().replace('/ws"', '/ws ws://second:8420/ws"'))
    told = run("sh", "-euc", f'. {settings}; echo "$DENLUOT_SERVER"')
    assert told.stdout == "ws://queue.example.vn:8420/ws ws://second:8420/ws\n", told.stderr


def test_a_deaf_kiosk_is_started_again() -> None:
    unit = (DEPLOY / "queue-kiosk.service").read_text()
    for line in ("Type=notify", "NotifyAccess=all", "WatchdogSec=60"):
        assert line in unit.splitlines()
    # -s would let a keyboard leave for another console.
    assert "cage -d --" in unit


def test_the_terminal_s_settings_are_understood_and_lend_nothing() -> None:
    if shutil.which("foot"):
        assert (
            run("foot", "--check-config", f"--config={DEPLOY / 'foot.ini'}", LC_ALL="C.UTF-8").returncode == 0
        )
    settings = (DEPLOY / "foot.ini").read_text()
    assert "font=JetBrains Mono:size=24" in settings
    for nothing in ("clipboard-copy", "clipboard-paste", "select-begin", "spawn-terminal", "search-start"):
        assert f"{nothing}=none" in settings.splitlines()


def session(folder: Path, *codes: int) -> list[str]:
    """What the terminal was called with while the kiosk ended with these codes; then the session is ended."""
    (folder / "codes").write_text("".join(f"{code}\n" for code in codes))
    terminal = folder / "terminal"
    terminal.write_text(
        "#!/bin/sh\n"
        'echo "$@" >> calls\n'
        "read -r code < codes || { kill -TERM $PPID; exit 0; }\n"
        "sed -i 1d codes\n"
        'exit "$code"\n'
    )
    terminal.chmod(0o755)
    quick = folder / "sleep"
    quick.write_text("#!/bin/sh\n")
    quick.chmod(0o755)
    subprocess.run(
        [str(DEPLOY / "kiosk-session")],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "DENLUOT_TERMINAL": str(terminal),
            "DENLUOT_PROGRAM": "queue-kiosk",
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    return (folder / "calls").read_text().splitlines()


def test_the_session_starts_the_kiosk_in_the_letters_that_it_asks_for(tmp_path: Path) -> None:
    calls = session(tmp_path, 10, 11, 10, 1, 0)
    sizes = [re.search(r"--font=JetBrains Mono:size=(\d+)", call) for call in calls]
    assert [size[1] for size in sizes if size] == ["24", "30", "24", "30", "24", "24"]
    assert [call.rpartition("--letters ")[2] for call in calls] == [
        "normal", "large", "normal", "large", "normal", "normal",
    ]  # fmt: skip
    assert all(call.count(" -- queue-kiosk --can-resize") == 1 for call in calls)


@pytest.mark.parametrize("what", ["server", "kiosk"])
def test_a_rehearsal_says_every_step_and_changes_nothing(what: str, tmp_path: Path) -> None:
    told = run(str(DEPLOY / "install"), what, "--dry-run", DENLUOT_ROOT=str(tmp_path))
    assert told.returncode == 0, told.stderr
    assert "Nothing is changed" in told.stdout
    assert "Next:" in told.stdout
    assert list(tmp_path.iterdir()) == []


def test_installing_again_renews_units_and_leaves_the_hospital_s_own_files_alone(tmp_path: Path) -> None:
    settings = tmp_path / "etc/denluot/kiosk.env"
    for _ in range(2):
        for what in ("server", "kiosk"):
            told = run(str(DEPLOY / "install"), what, DENLUOT_ROOT=str(tmp_path))
            assert told.returncode == 0, told.stderr
        settings.write_text("DENLUOT_KIOSK=kiosk-7\n")
        unit = tmp_path / "etc/systemd/system/queue-kiosk.service"
        assert unit.read_text() == (DEPLOY / "queue-kiosk.service").read_text()
        unit.write_text("old\n")
    assert settings.read_text() == "DENLUOT_KIOSK=kiosk-7\n"
    assert (settings.stat().st_mode & 0o777) == 0o640
    assert (tmp_path / "etc/udev/rules.d/90-denluot.rules").exists()


def test_the_browser_shows_the_kiosk_and_nothing_else() -> None:
    policy = json.loads((DEPLOY / "chromium-policy.json").read_text())
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    (allowed,) = policy["URLAllowlist"]
    assert f"http://{allowed}/" in page
    assert (policy["URLBlocklist"], policy["DeveloperToolsAvailability"]) == (["*"], 2)


def test_its_page_names_every_file_beside_it() -> None:
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    files = {file.name for file in DEPLOY.iterdir()} - {"README.md"}
    assert {name for name in files if f"`{name}`" not in page} == set()
