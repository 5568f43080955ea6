"""Stand-ins for what a server does only on a bad day, and how a process is watched."""

import contextlib
import os
import pathlib
import socket
import stat
import sys
import threading
import time


def program(folder, text):
    """An executable file with this script of Python in the folder."""
    path = pathlib.Path(folder) / "program"
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def is_alive(process_id):
    """Whether a process runs; one that nobody has waited for yet has ended."""
    try:
        state = pathlib.Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_ended(process_id, seconds=20.0):
    """Whether the process has ended before the time is over."""
    deadline = time.monotonic() + seconds
    while is_alive(process_id) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(process_id)


@contextlib.contextmanager
def http(answers):
    """A server that gives these answers, whatever is asked: for each a pair of bytes and whether the
    connection stays open. Gives its URL, and a list to which each connection is added."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections, rest = [], iter(answers)

    def serve():
        with contextlib.suppress(OSError, StopIteration):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                with connection, connection.makefile("rb") as requests:
                    stays = True
                    while stays and _request(requests):
                        data, stays = next(rest)
                        connection.sendall(data)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", connections
    finally:
        # Wakes a thread that waits for a connection.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            connection.close()


def _request(requests):
    """Reads a request; whether there was one."""
    length = 0
    for line in requests:
        if line in (b"\r\n", b"\n"):
            requests.read(length)
            return True
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return False


def answer(body, status="200 OK", content_type="image/png", headers=()):
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}",
             *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def open_files():
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))
