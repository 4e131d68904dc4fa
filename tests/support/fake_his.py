"""A hospital's own system for tests: slow, wrong, down, forgetful, contradicting, all by a script.

It is an HTTP server of its own, in a thread. It keeps what it was told by key, as a real one should, and says
what it likes to the link's webhook. And the link as a process of its own.
"""

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.processes import PATIENCE, environment, lines, program

SECRET = "between-his-and-link"
Message = dict[str, Any]
Answer = Callable[[Message], "Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the HIS answers. cut: it hangs up instead. lost: it takes note, and then hangs up."""

    status: int = 200
    body: Message = field(default_factory=dict)
    raw: bytes | None = None
    wait: float = 0.0
    cut: bool = False
    lost: bool = False


def obedient(told: Message) -> Reply:
    """Takes everything over."""
    return Reply(body={"accepted": True})


class FakeHis:
    """answer: how it answers, may be replaced at any time. told: every request. facts: by key, once each."""

    def __init__(self, answer: Answer = obedient) -> None:
        self.answer = answer
        self.told: list[Message] = []
        self.facts: dict[str, Message] = {}
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        his = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                assert self.headers["idempotency-key"] == body["key"]
                reply = his.answer(body)
                if reply.wait:
                    threading.Event().wait(reply.wait)
                taken = not reply.cut and reply.status < 300
                with his._changed:
                    his.told.append(body)
                    if taken or reply.lost:
                        assert his.facts.setdefault(body["key"], body) == body
                    his._changed.notify_all()
                if reply.cut or reply.lost:
                    self.close_connection = True
                    return
                said = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def do_HEAD(self) -> None:
                if his.answer({"type": "probe"}).cut:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """A test says what went wrong."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever was killed in the middle of a request says no goodbye."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/queue"

    def until(self, holds: Callable[[], object], within: float = PATIENCE) -> None:
        """Wait until something holds of what was told."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(holds()), within):
                raise AssertionError(f"never came: {self.told}")

    def of(self, step: str) -> list[str]:
        """What it knows of a step, in the order in which it came up."""
        facts = [fact for fact in self.facts.values() if fact["step"] == step]
        return [fact["type"] for fact in sorted(facts, key=lambda fact: int(fact["key"].rpartition("/")[2]))]


class LinkProcess:
    """`queue-server his http` or `view` as a process."""

    def __init__(self, folder: Path, way: str, settings: Mapping[str, Mapping[str, object]]) -> None:
        self.folder, self.way, self.port = folder, way, 0
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "his.toml"
        self.settings = {name: dict(table) for name, table in settings.items()}
        self.log_file = folder / "link.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()

    def start(self) -> None:
        self.write()
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                program("queue-server", "his", self.way, "--config", str(self.config)),
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        said = []
        for line in lines(self._process.stdout.fileno(), PATIENCE):
            said.append(line)
            if line.startswith("his link: "):
                self.port = int(line.split("/")[2].rpartition(":")[2])
                # The HIS knows one address: after a crash the link is found there again.
                self.settings["http"]["port"] = self.port
            if line == "ready":
                return
        self._gone()
        raise AssertionError(f"{said}\n{self.log[-4000:]}")

    def write(self) -> None:
        text = ""
        top = self.settings.get("", {})
        text += "".join(f"{key} = {json.dumps(value)}\n" for key, value in top.items())
        for name, table in self.settings.items():
            if name:
                text += f"[{name}]\n"
                text += "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in table.items())
        self.config.write_text(text, encoding="utf-8")

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        assert self._process is not None
        self._process.kill()
        self._gone()

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._gone()

    def _gone(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        code = self._process.wait(PATIENCE)
        self._process.stdout.close()
        self._process = None
        return code

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, Message]:
        """One request to the webhook: status and body."""
        shown = {"authorization": f"Bearer {SECRET}"} if headers is None else dict(headers)
        return self._request("/his/v1/events", body, shown)

    def get(self, path: str) -> tuple[int, Message]:
        return self._request(path, None, {"authorization": f"Bearer {SECRET}"})

    def _request(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, Message]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body, {**headers, "content-type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def say(self, *sayings: Message) -> list[Message]:
        """What the HIS says, all in one request; the answers."""
        status, body = self.post(json.dumps(list(sayings)).encode())
        assert status in (202, 422, 503), (status, body)
        results: list[Message] = body["results"]
        return results

    def say_until_heard(self, *sayings: Message) -> list[Message]:
        """The same as a HIS does it: again and again, while there is no answer or `again`."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                results = self.say(*sayings)
            except (OSError, urllib.error.URLError):
                threading.Event().wait(0.05)
                continue
            if all(result["result"] != "again" for result in results):
                return results
        raise AssertionError(f"never heard; the link's log:\n{self.log[-4000:]}")
