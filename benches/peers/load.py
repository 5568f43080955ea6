"""Recorded requests, sent as the real client sends them: each on a connection of its own."""

import itertools
import socket
import threading
import time
from dataclasses import dataclass

# No image takes longer, not even from the slowest peer on a busy machine.
PATIENCE = 300.0
RECEIVE = 1 << 18


@dataclass(frozen=True)
class Request:
    """All bytes of a request, and which image it asks for."""

    name: str
    image_type: str
    data: bytes


def read_requests(folder):
    """The recorded requests of a scene, in the order in which they were sent."""
    return [Request(path.stem, path.stem.split("-")[-1], path.read_bytes())
            for path in sorted(folder.glob("*.http"))]


def ask(address, request):
    """(status, body) of the answer. The bytes are sent whole and read in large pieces, so that the
    client takes little from the server on a machine that they share."""
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(request.data)
        answer = bytearray()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            piece = connection.recv(RECEIVE)
            if not piece:
                raise ConnectionError(f"{request.name}: closed before the answer")
            answer += piece
        lines = bytes(answer[:end]).decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        headers = dict(line.lower().split(":", 1) for line in lines[1:])
        length = int(headers["content-length"])
        answer = bytearray(answer[end + 4:])
        while len(answer) < length:
            piece = connection.recv(RECEIVE)
            if not piece:
                raise ConnectionError(f"{request.name}: closed within the answer")
            answer += piece
        return status, bytes(answer)


@dataclass(frozen=True)
class Round:
    """What one server did in one round."""

    images_per_second: float
    seconds: list


def one_round(address, requests, clients, seconds, first=0):
    """So many clients walk through the requests, beginning at the `first` and evenly spaced. What is
    under way when the time is up is waited for, and counts by the part of it that was in time: for
    a server that needs seconds an image, whole images would be too coarse."""
    spans, faults = [], []
    begin = time.perf_counter()
    end = begin + seconds

    def client(number):
        start = (first + number * len(requests) // clients) % len(requests)
        for request in itertools.islice(itertools.cycle(requests), start, None):
            asked = time.perf_counter()
            if asked >= end or faults:
                return
            try:
                status, body = ask(address, request)
                if status != 200:
                    raise ConnectionError(f"{request.name}: status {status}: {body[:300]!r}")
            except (OSError, KeyError, ValueError) as fault:
                faults.append(fault)
                return
            spans.append((asked, time.perf_counter()))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    images = sum((min(done, end) - asked) / (done - asked) for asked, done in spans)
    return Round(images / seconds, [done - asked for asked, done in spans])
