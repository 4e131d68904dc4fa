"""The cost of a patient to a nurse is one press: sixty take sixty presses, and a few for exceptions."""

from pathlib import Path

from kiosk.identity import ticket_code
from queue_server.protocol.codes import VisitEnd
from tests.support import proofs
from tests.support.processes import Server, morning_site, program
from tests.support.served import Message, Talk
from tests.support.talks import accepted, run
from tests.support.terminal import Terminal

PATIENTS = 60
FETCHES_PAPERS = 10
"""Who is sent to fetch a paper, set aside meanwhile, and called once more."""


class Nurse:
    """Presses keys at a console and counts them."""

    def __init__(self, console: Terminal) -> None:
        self.console = console
        self.presses = 0

    def press(self, key: str, *shows: str) -> None:
        if key == "space":
            # A press right behind the last one is a heavy hand's; the key's name says that it counts again.
            self.console.wait_for("CÁCH Gọi tiếp")
        self.console.press(key)
        self.presses += 1
        self.console.wait_for(*shows)

    def call(self, number: str) -> None:
        self.press("space", f"✓ Đã gọi {number}")


def test_sixty_patients_take_sixty_presses_plus_exceptions(tmp_path: Path) -> None:
    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        tickets = run(_arrive(server.port))
        arguments = ("--clinic", "reception-1", "--token", "demo-reception", "--role", "reception")
        command = program("queue-console", "--server", server.address, *arguments)
        with Terminal(command, columns=110, rows=36) as console:
            nurse = Nurse(console)
            console.wait_for("Quầy tiếp nhận 1", tickets[0]["number"])
            console.wait_still()
            for nth, ticket in enumerate(tickets, 1):
                nurse.call(ticket["number"])
                if nth == FETCHES_PAPERS:
                    _set_aside(nurse, ticket)
                if nth == 2 * FETCHES_PAPERS:
                    _call_again(nurse, tickets[FETCHES_PAPERS - 1])
            nurse.press("f", f"✓ Xong {tickets[-1]['number']}")
        # Set aside (two), back in line and called again (two), the last one sent home (one).
        assert nurse.presses == PATIENTS + 5
        assert server.stop() == 0
    day = proofs.kept(tmp_path / "data").day
    assert [visit.part.end for visit in day.visits.values()] == [VisitEnd.COMPLETED] * PATIENTS
    assert day.clinics["reception-1"].served == PATIENTS


async def _arrive(port: int) -> list[Message]:
    async with Talk(port) as kiosk:
        await kiosk.hello("kiosk-1")
        command = {"type": "register", "payer": "ask", "kind": "reception"}
        return [await accepted(kiosk, command) for _ in range(PATIENTS)]


def _set_aside(nurse: Nurse, ticket: Message) -> None:
    nurse.press("h", f"Tạm giữ {ticket['number']}")
    nurse.console.wait_still()
    nurse.press("1", "✓ Tạm giữ")


def _call_again(nurse: Nurse, ticket: Message) -> None:
    """The ticket is scanned when its holder is back; their old place is the first."""
    nurse.console.wait_still()
    nurse.console.scan(ticket_code.payload(ticket["token"]))
    nurse.console.wait_for("b Trở lại hàng")
    nurse.console.wait_still()
    nurse.press("b", "✓ Trở lại hàng")
    nurse.console.wait_still()
    nurse.call(ticket["number"])
