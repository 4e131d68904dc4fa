"""Beside a HIS in every mode: a real queue server, the real link, and a HIS that is slow, wrong and down."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support.fake_his import SECRET, FakeHis, LinkProcess, Reply, obedient
from tests.support.processes import PATIENCE, Server, morning_site
from tests.support.served import Message
from tests.support.talks import do, done, rows

Looked = TypeVar("Looked", Message, list[Message])
SERVICE = "general"
ROOM = "room-1"
OTHER = "room-2"


def site_text(authority: str, binding: str) -> Callable[[str], str]:
    """The demo hospital with one exam of this authority, to which an insured patient goes at once."""

    def change(text: str) -> str:
        head, body = text.split(f"[services.{SERVICE}]\n")
        body = body.replace('binding = "late"\n', f'authority = "{authority}"\nbinding = "{binding}"\n', 1)
        text = f"{head}[services.{SERVICE}]\n{body}"
        text, found = re.subn(
            r'steps = \["reception", "vitals", "@exam"\]', 'steps = ["@exam"]', text, count=1
        )
        assert found == 1
        return text

    return change


@dataclass
class House:
    """A running hospital beside a HIS."""

    server: Server
    link: LinkProcess
    his: FakeHis

    @property
    def port(self) -> int:
        return self.server.port

    def register(self, number: str = "031185004477", **more: object) -> Message:
        """A patient at the kiosk; the ticket."""
        identity = {"kind": "card", "number": number, "name": "Đặng Thị Hồng Ngọc", "birth": "1985-03-02"}
        command = {
            "type": "register", "payer": "insured", "kind": "exam", "identity": identity, "service": SERVICE,
            **more,
        }  # fmt: skip
        return done(self.port, "kiosk-1", command)

    def step(self, visit: str) -> Message:
        """The visit's exam as staff see it."""
        return next(
            row
            for row in rows(self.port, "reception", f"journey:{visit}").values()
            if row["type"] == "clinic_step" and row["service"] == SERVICE and row["state"] != "cancelled"
        )

    def until_step(self, visit: str, **fields: object) -> Message:
        """The exam once it stands like this."""
        return until(lambda: self.step(visit), lambda row: fields.items() <= {**BARE, **row}.items())

    def facility(self, kind: str) -> list[Message]:
        return [row for row in rows(self.port, "supervisor", "facility").values() if row["type"] == kind]

    def until_facility(self, kind: str, holds: Callable[[list[Message]], object]) -> list[Message]:
        return until(lambda: self.facility(kind), holds)


BARE: Message = {"clinic": "", "practitioner": "", "times_called": 0, "assigned_by": "ours"}
"""What a row leaves out."""


def until(look: Callable[[], Looked], holds: Callable[[Looked], object]) -> Looked:
    deadline = time.monotonic() + PATIENCE
    while True:
        found = look()
        if holds(found):
            return found
        assert time.monotonic() < deadline, found
        threading.Event().wait(0.05)


def link_settings(server: Server, his: FakeHis | None) -> dict[str, dict[str, object]]:
    http: dict[str, object] = {"port": 0, "secret": SECRET, "timeout": 1.5}
    if his is not None:
        http["tells"] = his.address
    return {
        "": {"cancel_reason": "cancel-left", "memory": "his.sqlite3"},
        "queue_server": {"servers": [server.address], "token": "demo-integration"},
        "http": http,
        "patience": {"answers": 8.0, "gone": 1.0, "waits": 20.0},
        "clinics": {"P1": ROOM, "P2": OTHER},
        "services": {"02.03": SERVICE},
    }


@contextmanager
def house(tmp_path: Path, authority: str, binding: str = "at_check_in") -> Iterator[House]:
    site = morning_site(tmp_path, "district", site_text(authority, binding))
    with ExitStack() as open_now:
        his = open_now.enter_context(FakeHis())
        server = open_now.enter_context(Server(site, tmp_path / "data"))
        link = open_now.enter_context(LinkProcess(tmp_path / "link", "http", link_settings(server, his)))
        until(lambda: link.get("/his/v1/health")[1], lambda body: body == {"queue_server": "linked"})
        yield House(server, link, his)


@pytest.fixture
def we_lead(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, "we_lead") as here:
        yield here


@pytest.fixture
def his_leads(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, "his_leads", "at_desk") as here:
        yield here


# alone ------------------------------------------------------------------------------------------------


def test_alone_a_hospital_needs_no_his_and_does_not_feel_one_that_is_down(tmp_path: Path) -> None:
    with house(tmp_path, "alone") as here:
        here.his.answer = lambda told: Reply(cut=True)
        ticket = here.register()
        assert "pending_until" not in ticket
        room = here.step(ticket["visit"])["clinic"]
        called = done(here.port, "supervisor", {"type": "call_next", "clinic": room})
        assert called["visit"] == ticket["visit"]
        done(here.port, "supervisor", {"type": "finish", "step": called["step"]})
        assert here.his.facts == {}


def test_alone_the_his_may_still_order_and_say_what_was_paid(tmp_path: Path) -> None:
    with house(tmp_path, "alone") as here:
        ticket = here.register()
        visit = {"visit": "MA-1", "ticket": ticket["number"]}
        orders = {"type": "orders", "id": "m1", **visit, "orders": [{"service": "sampling"}]}
        paid = {"type": "gate", "id": "m2", **visit, "gate": "paid", "service": "02.03"}
        assert [heard["result"] for heard in here.link.say(orders, paid)] == ["done", "done"]
        journey = rows(here.port, "reception", f"journey:{ticket['visit']}").values()
        assert "sampling" in [row["service"] for row in journey if row["type"] == "clinic_step"]
        assert here.his.facts == {}


# beside -----------------------------------------------------------------------------------------------


def test_beside_the_clerk_gives_the_room_and_a_link_may_still_tell_the_times(tmp_path: Path) -> None:
    with house(tmp_path, "beside", "at_desk") as here:
        ticket = here.register()
        assert here.step(ticket["visit"]).get("clinic", "") == ""
        attach = {
            "type": "attach", "visit": ticket["visit"], "clinic": ROOM, "call_sign": "27",
            "external": {"his": "MA-1"},
        }  # fmt: skip
        done(here.port, "reception", attach)
        called = done(here.port, "supervisor", {"type": "call_next", "clinic": ROOM})
        done(here.port, "supervisor", {"type": "finish", "step": called["step"]})
        here.his.until(lambda: here.his.of(called["step"]) == ["assigned", "called", "finished"])
        fact = next(fact for fact in here.his.facts.values() if fact["type"] == "called")
        assert (fact["his_visit"], fact["clinic"], fact["call_sign"]) == ("MA-1", "P1", "27")


# we lead ----------------------------------------------------------------------------------------------


def test_we_lead_and_the_his_takes_the_room_over_in_time(we_lead: House) -> None:
    we_lead.his.answer = lambda told: Reply(body={"accepted": True, "number": "27"})
    ticket = we_lead.register()
    assert ticket["pending_until"]
    step = we_lead.until_step(ticket["visit"], state="queued", assigned_by="his")
    assert step["call_sign"] == {"text": "27", "origin": "his"}
    asked = next(fact for fact in we_lead.his.facts.values() if fact["type"] == "assigned")
    assert (asked["service"], asked["ticket"]) == ("02.03", ticket["number"])
    assert asked["answer_by"] == ticket["pending_until"]
    job = rows(we_lead.port, "kiosk-1", "kiosk:kiosk-1")[f"print:{ticket['print']}"]
    assert job["ticket"]["place"]["label"] != ticket["place"]["label"]
    called = done(we_lead.port, "supervisor", {"type": "call_next", "clinic": step["clinic"]})
    assert called["visit"] == ticket["visit"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda told: Reply(body={"accepted": False, "reason": "full"}),
        lambda told: Reply(status=409 if told["type"] == "assigned" else 503),
        lambda told: Reply(cut=True),
        lambda told: Reply(raw=b"<html>"),
        lambda told: Reply(wait=3.0, body={"accepted": True}) if told["type"] == "assigned" else Reply(),
    ],
    ids=["refused", "conflict", "down", "nonsense", "late"],
)
def test_we_lead_and_without_a_yes_in_time_the_ticket_names_the_desk(
    we_lead: House, answer: Callable[[Message], Reply]
) -> None:
    we_lead.his.answer = answer
    ticket = we_lead.register()
    until(
        lambda: we_lead.facility("facility_visit"),
        lambda found: [row["visit"] for row in found] == [ticket["visit"]],
    )
    step = we_lead.step(ticket["visit"])
    assert (step["state"], step.get("clinic", "")) == ("planned", "")
    job = rows(we_lead.port, "kiosk-1", "kiosk:kiosk-1")[f"print:{ticket['print']}"]
    assert job["ticket"]["place"]["label"] == ticket["place"]["label"]
    # The HIS is itself again: it hears that the room is free, and says where the patient goes.
    we_lead.his.answer = obedient
    we_lead.his.until(lambda: "released" in we_lead.his.of(step["key"]))
    said = {"type": "room", "id": "m1", "visit": "MA-1", "ticket": ticket["number"], "clinic": "P2"}
    assert we_lead.link.say(said)[0]["result"] == "done"
    we_lead.until_step(ticket["visit"], state="queued", clinic=OTHER, assigned_by="his")
    assert we_lead.facility("facility_visit") == []


# the HIS leads ------------------------------------------------------------------------------------------


def test_where_the_his_leads_its_room_and_number_are_called(his_leads: House) -> None:
    here = his_leads
    person = {"card": "031185004477", "name": "Đặng Thị Hồng Ngọc", "birth": "1985"}
    results = here.link.say(
        {"type": "visit", "id": "m1", "visit": "MA-1", "person": person, "payer": "insured", "kind": "exam",
         "service": "02.03"},
        {"type": "room", "id": "m2", "visit": "MA-1", "clinic": "P1", "service": "02.03", "number": "14"},
    )  # fmt: skip
    assert [result["result"] for result in results] == ["done", "done"]
    called = done(here.port, "supervisor", {"type": "call_next", "clinic": ROOM})
    assert called["call_sign"] == {"text": "14", "origin": "his"}
    # The same card at a kiosk finds this visit.
    identity = {"kind": "card", "number": "031185004477", "name": "Đặng Thị Hồng Ngọc", "birth": "1985"}
    again = do(
        here.port,
        "kiosk-1",
        {"type": "register", "payer": "insured", "kind": "exam", "identity": identity, "service": SERVICE},
    )
    assert again["code"] == "already_here"
    assert again["facts"]["visit"] == called["visit"]
    # Nothing of the person is on the link's disk or in its log.
    for file in (*here.link.folder.glob("his.sqlite3*"), here.link.log_file):
        assert b"031185004477" not in file.read_bytes()
        assert "Ngọc".encode() not in file.read_bytes()


def test_a_change_of_room_wins_over_a_call_but_not_over_a_consultation(his_leads: House) -> None:
    here = his_leads
    ticket = here.register()
    room = {"type": "room", "visit": "MA-1", "ticket": ticket["number"], "service": "02.03"}
    here.link.say({**room, "id": "m1", "clinic": "P1"})
    called = done(here.port, "supervisor", {"type": "call_next", "clinic": ROOM})
    assert here.link.say({**room, "id": "m2", "clinic": "P2"})[0]["result"] == "done"
    here.until_step(ticket["visit"], state="queued", clinic=OTHER)
    here.his.until(lambda: here.his.of(called["step"]) == ["called", "withdrawn"])
    done(here.port, "supervisor", {"type": "call_next", "clinic": OTHER})
    done(here.port, "supervisor", {"type": "start", "step": called["step"]})
    heard = here.link.say({**room, "id": "m3", "clinic": "P1"})[0]
    assert (heard["result"], heard["why"]) == ("refused", "changed")
    (row,) = here.until_facility("facility_disagreement", lambda found: len(found) == 1)
    assert (row["about"], row["ours"], row["his"], row["number"]) == ("clinic", OTHER, ROOM, ticket["number"])
    # The HIS comes round: it is settled.
    assert here.link.say({**room, "id": "m4", "clinic": "P2"})[0]["result"] == "done"
    here.until_facility("facility_disagreement", lambda found: not found)


def test_what_the_his_says_twice_out_of_order_or_too_early_has_its_effect_once(his_leads: House) -> None:
    here = his_leads
    room = {"type": "room", "visit": "MA-1", "service": "02.03"}
    later = {**room, "id": "m2", "clinic": "P2", "at": 2_000}
    orders = {"type": "orders", "id": "m3", "visit": "MA-1", "orders": [{"service": "sampling"}]}
    assert here.link.say(later)[0]["result"] == "waiting"
    ticket = here.register()
    assert (
        here.link.say({"type": "visit", "id": "m0", "visit": "MA-1", "ticket": ticket["number"]})[0]["result"]
        == "done"
    )
    here.until_step(ticket["visit"], clinic=OTHER)
    assert here.link.say({**room, "id": "m1", "clinic": "P1", "at": 1_000})[0]["result"] == "outdated"
    for _ in range(3):
        assert here.link.say(orders, later)[0]["result"] == "done"
    journey = rows(here.port, "reception", f"journey:{ticket['visit']}").values()
    assert [row["service"] for row in journey if row["type"] == "clinic_step"].count("sampling") == 1
    assert here.step(ticket["visit"])["clinic"] == OTHER
    other = {**orders, "orders": [{"service": "ecg"}]}
    assert here.link.say(other)[0] == here.link.say(other)[0]
    assert here.link.say(other)[0]["why"] == "id_reused"


def test_a_link_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice(his_leads: House) -> None:
    here = his_leads
    tickets = [here.register(f"0311850044{number:02d}") for number in range(8)]
    sayings: list[Message] = []
    for number, ticket in enumerate(tickets):
        visit = {"visit": f"MA-{number}", "ticket": ticket["number"]}
        sayings += [
            {"type": "orders", "id": f"o{number}", **visit, "orders": [{"service": "sampling"}]},
            {"type": "room", "id": f"r{number}", **visit, "clinic": "P1", "number": str(50 + number)},
        ]
    flaky = iter(range(10_000))
    here.his.answer = lambda told: Reply(lost=True) if next(flaky) % 3 == 0 else Reply()
    finished = threading.Event()

    def nurse() -> None:
        """Calls everybody while the link comes and goes."""
        after: str | None = None
        seen = 0
        while seen < len(tickets) and not finished.is_set():
            called = do(here.port, "supervisor", {"type": "call_next", "clinic": ROOM, "after": after})
            if called["type"] == "accepted":
                after = called["result"].get("step")
                seen += after is not None
            finished.wait(0.05)

    calls = threading.Thread(target=nurse)
    calls.start()
    try:
        for count, saying in enumerate(sayings):
            if count % 3 == 1:
                killer = threading.Timer(0.01 * (count % 5), here.link.kill)
                killer.start()
                with suppress(OSError, AssertionError, json.JSONDecodeError):
                    here.link.say(saying)
                killer.join()
                here.link.start()
            heard = here.link.say_until_heard(saying)
            assert heard[0]["result"] == "done", (saying, heard, here.link.log[-2000:])
        calls.join(PATIENCE)
    finally:
        finished.set()
        calls.join()
    for number, ticket in enumerate(tickets):
        journey = list(rows(here.port, "reception", f"journey:{ticket['visit']}").values())
        services = [row["service"] for row in journey if row["type"] == "clinic_step"]
        assert sorted(services) == [SERVICE, "sampling"], (number, services)
        step = here.step(ticket["visit"])
        assert (step["clinic"], step["call_sign"]["text"]) == (ROOM, str(50 + number))
        here.his.until(lambda step=step: here.his.of(step["key"])[:1] == ["called"])  # type: ignore[misc]
        assert here.his.of(step["key"]).count("called") == 1
    assert len({(fact["step"], fact["type"]) for fact in here.his.facts.values()}) == len(here.his.facts)


def test_a_his_that_goes_and_comes_back_is_told_of_and_told_all(his_leads: House) -> None:
    here = his_leads
    here.his.answer = lambda told: Reply(cut=True)
    ticket = here.register()
    here.link.say({"type": "room", "id": "m1", "visit": "MA-1", "ticket": ticket["number"], "clinic": "P1"})
    called = done(here.port, "supervisor", {"type": "call_next", "clinic": ROOM})
    here.until_facility("alert", lambda found: [row["kind"] for row in found] == ["his"])
    done(here.port, "supervisor", {"type": "finish", "step": called["step"]})
    assert len(here.facility("alert")) == 1
    here.his.answer = obedient
    here.his.until(lambda: here.his.of(called["step"]) == ["called", "finished"])
    here.until_facility("alert", lambda found: not found)


def test_the_his_may_say_while_the_queue_server_is_down(his_leads: House) -> None:
    here = his_leads
    ticket = here.register()
    here.server.kill()
    said = {"type": "room", "id": "m1", "visit": "MA-1", "ticket": ticket["number"], "clinic": "P1"}
    here.link.kill()
    here.link.settings["patience"]["answers"] = 0.5
    here.link.start()
    status, body = here.link.post(json.dumps(said).encode())
    assert (status, body["results"][0]["result"]) == (503, "again")
    here.server.start()
    # Said once is enough: the link has it on disk.
    here.until_step(ticket["visit"], clinic=ROOM)
    assert here.link.say_until_heard(said)[0]["result"] == "done"


# bad input ----------------------------------------------------------------------------------------------


def test_what_cannot_be_used_is_answered_in_words_and_listed(his_leads: House) -> None:
    link = his_leads.link
    assert link.post(b"{", {})[0] == 401
    assert link.post(b"[]", {"authorization": "Bearer wrong"})[0] == 401
    status, body = link.post(b"{not json")
    assert (status, body["error"]) == (400, "malformed")
    assert link.post(b"[" + b" " * 300_000 + b"]")[0] == 413
    ticket = his_leads.register()
    room = {"type": "room", "visit": "MA-1", "ticket": ticket["number"]}
    results = link.say(
        {**room, "id": "m1", "clinic": "P9"},
        {**room, "id": "m2", "clinc": "P1"},
        {**room, "id": "m3", "clinic": "P1", "service": "99.99"},
        {**room, "id": "m4", "clinic": "P1"},
        {"type": "nonsense", "id": "m5"},
        {**room, "id": "m6", "clinic": "Nguyễn Văn A"},
    )
    assert [result["result"] for result in results] == [
        "refused", "refused", "refused", "done", "refused", "refused",
    ]  # fmt: skip
    assert [result.get("why") for result in results] == [
        "unknown_clinic", "malformed", "unknown_service", None, "malformed", "malformed",
    ]  # fmt: skip
    assert "clinc" in results[1]["text"]
    assert all(result["text"] for result in results if result["result"] == "refused")
    listed = his_leads.until_facility("facility_disagreement", lambda found: len(found) >= 7)
    assert {"P9", "99.99", "m2", "m5", "m6"} <= {row["his"] for row in listed}
    assert any(row["kind"] == "his" for row in his_leads.facility("alert"))
    letters = link.get("/his/v1/letters")[1]["letters"]
    assert {letter["id"] for letter in letters} == {"m1", "m3"}
    rooms = {row["clinic"]: row for row in link.get("/his/v1/rooms")[1]["rooms"]}
    assert "02.03" in rooms["P1"]["services"]
    assert "Nguyễn" not in link.log


def test_what_waited_in_vain_is_listed(tmp_path: Path) -> None:
    with house(tmp_path, "his_leads", "at_desk") as here:
        here.link.kill()
        here.link.settings["patience"]["waits"] = 0.5
        here.link.start()
        assert (
            here.link.say({"type": "result", "id": "m1", "visit": "MA-7", "service": "02.03"})[0]["result"]
            == "waiting"
        )
        (row,) = here.until_facility("facility_disagreement", lambda found: found)
        assert (row["about"], row["his"]) == ("unknown_visit", "MA-7")
        # Whoever saw to it takes it off the list.
        done(here.port, "reception", {"type": "agree", "about": "unknown_visit", "his": "MA-7"})
        here.until_facility("facility_disagreement", lambda found: not found)


def test_only_one_link_runs_on_a_file(his_leads: House) -> None:
    second = LinkProcess(
        his_leads.link.folder, "http", {**his_leads.link.settings, "http": {"secret": SECRET}}
    )
    with pytest.raises(AssertionError, match="Only one may"):
        second.start()


def test_a_link_that_is_asked_to_end_says_goodbye(his_leads: House) -> None:
    assert his_leads.link.stop() == 0
    assert "Traceback" not in his_leads.link.log
