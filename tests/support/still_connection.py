"""A link to no server at all: it holds the rows it is given and remembers what it was asked for."""

import asyncio
from collections.abc import Mapping
from typing import Any

from queue_server.client import Connection, Link, LinkState, Wish
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import Answer, Holder, Question
from queue_server.protocol.rows import Row
from tests.support.kiosk_parts import catalogue_rows, kiosk_rows

NOON = 1_795_410_000_000
"""ms: noon at the demo hospital on 23 November 2026."""


class StillConnection(Connection):
    """`answers` are given in turn; without one a wish stays unanswered. `told`: all commands, in order.
    Of a card nothing is known but `holders`, in turn."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.known: dict[str, Mapping[str, Row]] = {
            "catalogue": catalogue_rows(),
            "kiosk:kiosk-1": kiosk_rows(),
        }
        self.told: list[Command] = []
        self.answers: list[Accepted | Rejected] = []
        self.looks: list[Answer | Rejected] = []
        self.holders: list[Answer] = []
        self.reports: list[dict[str, str | int | bool]] = []
        self.link = Link(LinkState.ONLINE)
        self.now = NOON
        self._still = asyncio.Event()

    @property
    def age(self) -> float | None:
        return 0.0

    @property
    def server_now(self) -> int:
        return self.now

    def rows(self, topic: str) -> Mapping[str, Row]:
        return self.known.get(topic, {})

    def subscribe(self, topic: str) -> None:
        """Nothing to follow: the rows are there."""

    def report(self, shows: dict[str, str | int | bool]) -> None:
        self.reports.append(shows)

    def submit(self, command: Command, again: str | None = None) -> Wish:
        self.told.append(command)
        answer: asyncio.Future[Accepted | Rejected] = asyncio.get_running_loop().create_future()
        if self.answers:
            answer.set_result(self.answers.pop(0))
        return Wish(again or f"wish-{len(self.told)}", answer)

    async def ask(self, question: Question, patience: float = 5.0) -> Answer | Rejected:
        if isinstance(question, Holder):
            return self.holders.pop(0) if self.holders else Rejected(id="x", code=Refusal.UNKNOWN_VISIT)
        if self.looks:
            return self.looks.pop(0)
        await self._still.wait()
        raise AssertionError("nothing ever happens here")

    async def run(self) -> None:
        await self._still.wait()
