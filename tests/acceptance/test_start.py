"""`scripts/start` as somebody meets it who has just cloned the project."""

import fcntl
import json
import os
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path

from tests.support.processes import ROOT, environment, lines
from tests.support.talks import asked, done
from tests.support.terminal import Terminal

PATIENCE = 120.0


def test_it_tells_where_everything_is_ends_with_ctrl_c_and_keeps_the_data(tmp_path: Path) -> None:
    port, data = _free_port(), tmp_path / "var"
    command = [str(ROOT / "scripts" / "start"), "--no-kiosk", "--port", str(port), "--data", str(data)]
    first = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment(), start_new_session=True
    )
    try:
        assert first.stdout is not None
        told: list[str] = []
        for line in lines(first.stdout.fileno(), PATIENCE):
            told.append(line)
            if line == "ready":
                break
        addresses = dict(line.split(": ", 1) for line in told[: told.index("")])
        assert addresses["server"] == f"ws://127.0.0.1:{port}/ws"
        assert addresses["page"] == f"http://127.0.0.1:{port}/"
        assert addresses["tickets"] == str(data / "tickets")
        assert set(addresses) >= {"health", "printer", "log", "site"}
        how = "\n".join(told[told.index("") :])
        for name in ("kiosk", "board", "console"):
            assert f"scripts/start {name}" in how
        assert told[-1] == "ready"
        ticket = done(port, "kiosk-1", {"type": "register", "payer": "ask", "kind": "reception"})
        printer = int(addresses["printer"].rpartition(":")[2])
        assert _answers(port)
        assert _answers(printer)
        first.send_signal(signal.SIGINT)
        assert first.wait(PATIENCE) == 0
    finally:
        # The programs it started have sessions of their own and end with it, unless the test has failed.
        _end(first)
    assert not _answers(port)
    assert not _answers(printer)
    assert not (data / "running.json").exists()

    with Terminal(command, columns=120, rows=40) as again:
        again.wait_for("ready", within=PATIENCE)
        stop = asked(port, "reception", {"type": "where_now", "token": ticket["token"]})
        assert stop["number"] == ticket["number"]
        running = json.loads((data / "running.json").read_text(encoding="utf-8"))
        assert running["server"] == addresses["server"]
        again.press("ctrl+c")
        assert again.wait_end(PATIENCE) == 0
    assert not _answers(port)


def test_a_program_without_a_server_says_what_to_do(tmp_path: Path) -> None:
    ran = subprocess.run(
        [str(ROOT / "scripts" / "start"), "console", "--data", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 1
    assert b"Run scripts/start in another terminal first" in ran.stderr


def test_a_killed_server_comes_back_and_the_next_start_goes_on_with_the_same_printer(
    tmp_path: Path,
) -> None:
    port, data = _free_port(), tmp_path / "var"
    command = [str(ROOT / "scripts" / "start"), "--port", str(port), "--data", str(data)]
    with Terminal(command, columns=120, rows=40) as first:
        first.wait_for("Press Enter to open the kiosk here", within=PATIENCE)
        ticket = done(port, "kiosk-1", {"type": "register", "payer": "ask", "kind": "reception"})
        printer = json.loads((data / "running.json").read_text(encoding="utf-8"))["printer"]
        second = _start("--port", str(_free_port()), "--data", str(data))
        assert second.returncode == 1
        assert "already runs" in second.stderr
        os.kill(_printer_of(first.process.pid), signal.SIGKILL)
        first.wait_for("The printer was killed (SIGKILL)", within=PATIENCE)
        assert _answers(port)
        os.kill(int((data / "queue.sqlite.lock").read_text(encoding="ascii")), signal.SIGKILL)
        first.wait_for("The server was killed (SIGKILL)", "Press Enter to start it again", within=PATIENCE)
        first.press("enter")
        first.wait_for("The server is back.", within=PATIENCE)
        assert asked(port, "reception", {"type": "where_now", "token": ticket["token"]})
        first.press("ctrl+c")
        assert first.wait_end(PATIENCE) == 0
    with Terminal(command, columns=120, rows=40) as again:
        again.wait_for("Press Enter to open the kiosk here", within=PATIENCE)
        stop = asked(port, "reception", {"type": "where_now", "token": ticket["token"]})
        assert stop["number"] == ticket["number"]
        assert json.loads((data / "running.json").read_text(encoding="utf-8"))["printer"] == printer
        again.press("ctrl+c")
        assert again.wait_end(PATIENCE) == 0


def test_what_a_person_can_put_right_is_said_before_anything_runs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = _start("--port", str(port), "--data", str(tmp_path))
    assert refused.returncode == 1
    assert f"Port {port} of this machine is taken" in refused.stderr
    assert "ready" not in refused.stdout
    assert "no port" in _start("--port", "99999", "--data", str(tmp_path)).stderr
    missing = tmp_path / "never made"
    assert "can't be read" in _start("--site", str(tmp_path / "none.toml"), "--data", str(missing)).stderr
    assert not missing.exists()
    wrong, log = tmp_path / "wrong.toml", tmp_path / "server.log"
    wrong.write_text("[facility]\n", encoding="utf-8")
    log.write_text("a line of yesterday\n", encoding="utf-8")
    refused = _start("--site", str(wrong), "--port", str(_free_port()), "--data", str(tmp_path))
    assert "facility.time_zone: is missing" in refused.stderr
    assert "yesterday" not in refused.stderr


def test_a_killed_start_leaves_no_server_behind(tmp_path: Path) -> None:
    port, data = _free_port(), tmp_path / "var"
    command = [str(ROOT / "scripts" / "start"), "--no-kiosk", "--port", str(port), "--data", str(data)]
    with Terminal(command, columns=120, rows=40) as first:
        first.wait_for("ready", within=PATIENCE)
        os.kill(first.process.pid, signal.SIGKILL)
        first.wait_end(PATIENCE)
    # The server gives its lock back as the very last thing it does.
    with (data / "queue.sqlite.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    with Terminal(command, columns=120, rows=40) as again:
        again.wait_for("ready", within=PATIENCE)
        again.press("ctrl+c")
        assert again.wait_end(PATIENCE) == 0


def _start(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(ROOT / "scripts" / "start"), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )


def _printer_of(start: int) -> int:
    for child in Path(f"/proc/{start}/task/{start}/children").read_text(encoding="ascii").split():
        if b"virtual_printer" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError("no printer runs")


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with closing(socket.socket()) as knock:
        knock.settimeout(5)
        return knock.connect_ex(("127.0.0.1", port)) == 0


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        process.wait(PATIENCE)
    if process.stdout is not None:
        process.stdout.close()
