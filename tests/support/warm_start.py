"""Starts queue servers without each of them importing everything anew: one warm process forks them.

A server takes a second and a half to import its libraries and a few hundredths to open its journal; a test
that kills it many times wants to meet the latter. What is forked is the same command with the same arguments,
a process like any other, and dies like one.

    python -m tests.support.warm_start     answers each line of JSON on standard input with one line
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

WARM = ("queue_server.app", "queue_server.cli", "queue_server.logs", "alembic", "uvloop", "zoneinfo")

_PR_SET_PDEATHSIG = 1


def main() -> None:
    for module in WARM:
        import_module(module)
    _say("warm")
    for line in sys.stdin:
        match json.loads(line):
            case {"start": arguments, "said": said, "log": log}:
                _say(_start(arguments, said, log))
            case {"wait": pid}:
                _, status = os.waitpid(pid, 0)
                _say(os.waitstatus_to_exitcode(status))
            case unknown:
                raise ValueError(unknown)


def _say(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def _start(arguments: Sequence[str], said: str, log: str) -> int:
    """Fork a server that writes to a named pipe and to a log; its process id."""
    out = os.open(said, os.O_WRONLY)
    err = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    pid = os.fork()
    if pid == 0:
        _run(arguments, out, err)
    os.close(out)
    os.close(err)
    return pid


def _run(arguments: Sequence[str], out: int, err: int) -> NoReturn:
    code = 1
    try:
        # Nobody is left to end it when whoever asked for it was killed.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, stream in enumerate((nothing, out, err)):
            os.dup2(stream, number)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = list(arguments)
        import_module("queue_server.cli").main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
