"""Processes that hold many connections and read all that comes: boards of the real server, or plain peers."""

import os
import select
import socket
import time
from array import array
from multiprocessing.connection import Connection

from scripts.bench_parts import hospital
from scripts.bench_parts.frames import PING, PONG, hello, masked, message, split, upgrade

_ROOM = 1 << 18
_PATIENCE = 20.0
"""Seconds after which bytes are taken to be lost."""
_SEQ = b'"seq":'


def count(port: int, connections: int, pipe: Connection, *, boards: bool) -> None:
    """Connect, then for each number of bytes asked for answer with how many came until they had come.

    None ends it. Asked for 0: read what is there until nothing comes for a while.
    """
    socks = [_board(port)[0] if boards else _plain(port) for _ in range(connections)]
    by_fd = {sock.fileno(): sock for sock in socks}
    poll = select.epoll()
    for fd, sock in by_fd.items():
        sock.setblocking(False)
        poll.register(fd, select.EPOLLIN)
    room = bytearray(_ROOM)
    pipe.send("connected")
    while (wanted := pipe.recv()) is not None:
        came = 0
        while came < wanted or not wanted:
            ready = poll.poll(_PATIENCE if wanted else 0.3)
            if not ready:
                break
            for fd, _ in ready:
                took = by_fd[fd].recv_into(room)
                if not took:
                    pipe.send(-1)
                    return
                came += took
        pipe.send(came)
    for sock in socks:
        sock.close()


def note_times(port: int, connections: int, pipe: Connection) -> None:
    """Boards that note when each patch came. Asked with None, answer with the moments (ns) by its number."""
    boards = [_board(port) for _ in range(connections)]
    socks = {sock.fileno(): sock for sock, _ in boards}
    left = {sock.fileno(): rest for sock, rest in boards}
    poll = select.epoll()
    poll.register(pipe.fileno(), select.EPOLLIN)
    for fd, sock in socks.items():
        sock.setblocking(False)
        poll.register(fd, select.EPOLLIN)
    moments: dict[int, array[int]] = {}
    pipe.send("connected")
    while True:
        for fd, _ in poll.poll():
            if fd == pipe.fileno():
                pipe.recv()
                pipe.send(moments)
                return
            data = socks[fd].recv(_ROOM)
            if not data:
                os._exit(1)
            frames, left[fd] = split(left[fd] + data)
            now = time.monotonic_ns()
            for opcode, payload in frames:
                if opcode == PING:
                    socks[fd].send(masked(payload, PONG))
                elif payload.startswith(b'{"type":"patch"'):
                    at = payload.index(_SEQ) + len(_SEQ)
                    seq = int(payload[at : payload.index(b",", at)])
                    moments.setdefault(seq, array("q")).append(now)


def _plain(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


def _board(port: int) -> tuple[socket.socket, bytes]:
    """A connection that has its hall's snapshot, and bytes that came behind it."""
    sock = _plain(port)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(upgrade(port))
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(4096)
    data = data.split(b"\r\n\r\n", 1)[1]
    topic = message(type="subscribe", topic=f"hall:{hospital.HALL}")
    sock.sendall(hello("board", hospital.BOARD) + topic)
    while True:
        frames, data = split(data)
        if any(payload.startswith(b'{"type":"snapshot"') for _, payload in frames):
            return sock, data
        data += sock.recv(_ROOM)
