"""One thing said to a running server by one device, as plain JSON: what a test does beside the terminals."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.support.served import Message, Talk

PATIENCE = 60.0
Told = TypeVar("Told")


def do(port: int, device: str, command: Message, role: str = "") -> Message:
    """A command's answer, whatever it is."""

    async def say() -> Message:
        async with Talk(port) as talk:
            await talk.hello(device, role or _role(device))
            return await talk.do(command)

    return run(say())


def done(port: int, device: str, command: Message, role: str = "") -> Message:
    """The result of a command that must be accepted."""

    async def say() -> Message:
        async with Talk(port) as talk:
            await talk.hello(device, role or _role(device))
            return await accepted(talk, command)

    return run(say())


async def accepted(talk: Talk, command: Message) -> Message:
    """The result of a command that must be accepted, on a connection that is there."""
    answer = await talk.do(command)
    assert answer["type"] == "accepted", (command, answer)
    return dict(answer["result"])


def asked(port: int, device: str, question: Message) -> Message:
    """The answer to a question."""

    async def say() -> Message:
        async with Talk(port) as talk:
            await talk.hello(device, _role(device))
            answer = await talk.ask(question)
            assert answer["type"] == "answer", answer
            return dict(answer["answer"])

    return run(say())


def rows(port: int, device: str, topic: str) -> dict[str, Message]:
    """A topic as it is now, by key."""

    async def say() -> dict[str, Message]:
        async with Talk(port) as talk:
            await talk.hello(device, _role(device))
            return {row["key"]: row for row in (await talk.follow(topic))["rows"]}

    return run(say())


def _role(device: str) -> str:
    """The role of a device of the demo hospital."""
    name = device.rpartition("-")[0] or device
    return "clinic" if name in ("room", "vitals", "sampling") else name


def run(what: Coroutine[Any, Any, Told]) -> Told:
    """Do this now, within a minute."""

    async def in_time() -> Told:
        async with asyncio.timeout(PATIENCE):
            return await what

    return asyncio.run(in_time())
