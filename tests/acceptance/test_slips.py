"""A room's printer as programs: the server is killed and comes back, the agent ends when it is asked to."""

import asyncio
import signal
import subprocess
from pathlib import Path

from kiosk.devices.escpos_commands import Cut, Interpreter
from tests.support.processes import PATIENCE, ROOT, Server, environment, morning_site, program
from tests.support.served import Talk, register, until


def agent(server: Server, paper: Path, folder: Path) -> "subprocess.Popen[bytes]":
    command = program(
        "queue-kiosk",
        *("printer", "--server", server.address, "--device", "printer-1", "--token", "demo-printer-1"),
        *("--printer", f"file:{paper}"),
    )
    with (folder / "agent.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)


def slips(paper: Path) -> int:
    commands = Interpreter().feed(paper.read_bytes()) if paper.exists() else []
    return sum(isinstance(command, Cut) for command in commands)


def test_slips_come_out_before_and_after_the_server_was_killed(tmp_path: Path) -> None:
    paper = tmp_path / "paper.bin"

    async def wanted(server: Server, visit: str = "") -> str:
        async with Talk(server.port) as desk:
            await desk.hello("supervisor")
            if not visit:
                visit = (await desk.do(register(service="general")))["result"]["visit"]
            said = await desk.do({"type": "print_at_clinic", "clinic": "room-1", "visit": visit})
            assert said["type"] == "accepted", said
        return visit

    async def story(server: Server) -> None:
        visit = await wanted(server)
        await until(lambda: slips(paper) == 1)
        server.kill()
        await asyncio.to_thread(server.start)
        await wanted(server, visit)
        await until(lambda: slips(paper) == 2)

    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        running = agent(server, paper, tmp_path)
        try:
            asyncio.run(story(server))
        finally:
            running.send_signal(signal.SIGTERM)
            assert running.wait(PATIENCE) == 0
        assert server.stop() == 0
    assert b"demo-printer-1" not in (tmp_path / "agent.log").read_bytes()


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    command = program(
        "queue-kiosk",
        *("printer", "--server", "ws://127.0.0.1:9/ws", "--device", "printer-1", "--token", "demo-printer-1"),
        *("--printer", "10.0.0.7"),
    )
    ran = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, timeout=PATIENCE, check=False
    )
    assert ran.returncode == 2
    assert b"tcp://10.0.0.7:9100" in ran.stderr
