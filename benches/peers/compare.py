"""This server and its peers side by side, under the requests of the real Drake client.

The servers take turns in short rounds, each with the same requests, so that what else the machine
does falls on all of them; figures are medians of rounds, ratios are medians of the ratios within a
turn. Before that every request is sent to every server once and the answers are decoded and
compared.
"""

import argparse
import contextlib
import io
import json
import pathlib
import statistics
import sys

import numpy as np
from PIL import Image

import load
import plot
import servers

OUT = pathlib.Path(__file__).resolve().parents[1] / "out"


def decoded(request, server):
    """The answer as an array; exits if it is no image of that type."""
    status, body = load.ask(server.address, request)
    if status != 200:
        sys.exit(f"{server.name}, {request.name}: status {status}: {body[:300]!r}")
    pixels = np.array(Image.open(io.BytesIO(body)))
    expected = (2, np.float32) if request.image_type == "depth" else (3, np.uint8)
    if (pixels.ndim, pixels.dtype) != expected:
        sys.exit(f"{server.name}, {request.name}: {pixels.shape} of {pixels.dtype}")
    return pixels


def agreement(one, other):
    """The share of pixels that are about the same in two answers."""
    if one.ndim == 2:
        return np.isclose(one, other, rtol=0.02).mean()
    return (np.abs(one[..., :3].astype(int) - other[..., :3]) <= 16).all(-1).mean()


def check(requests, own, peers):
    """Checks an answer of every kind; returns the least agreement of the first
    peer's with ours by type."""
    least = {}
    for request in requests:
        ours = decoded(request, own)
        for peer in peers[:1]:
            share = float(agreement(ours, decoded(request, peer)))
            least[request.image_type] = min(share, least.get(request.image_type, 1.0))
    # One answer shows that the others are well.
    for peer in peers[1:]:
        decoded(requests[0], peer)
    return least


def measure(requests, compared, clients, options):
    """The rounds of each server."""
    rounds = {server.name: [] for server in compared}
    for turn in range(options.rounds):
        # Each round begins elsewhere, and each turn with another server.
        first = turn * len(requests) // options.rounds
        for offset in range(len(compared)):
            server = compared[(turn + offset) % len(compared)]
            rounds[server.name].append(
                load.one_round(server.address, requests, clients, options.seconds, first))
    return rounds


def summary(rounds, own):
    """The figures of one scene at one concurrency, by server."""
    figures = {}
    for name, of_one in rounds.items():
        rates = [one.images_per_second for one in of_one]
        ratios = [mine.images_per_second / theirs
                  for mine, theirs in zip(rounds[own], rates) if theirs]
        times = [seconds for one in of_one for seconds in one.seconds]
        figures[name] = {
            "images_per_second": round(statistics.median(rates), 2),
            "least_and_most": [round(min(rates), 2), round(max(rates), 2)],
            "p50_ms": round(1000 * statistics.median(times), 1),
            "images": len(times),
            "times_faster_is_ours": round(statistics.median(ratios), 2),
        }
    return figures


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=pathlib.Path, default=OUT / "requests")
    parser.add_argument("--scenes", default="", help="names with commas between [all]")
    parser.add_argument("--types", default="color,depth,label")
    parser.add_argument("--clients", default="1,2,4", help="how many at a time")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of a round of one server")
    parser.add_argument("--peers", default="in_process,process_per_request",
                        help=f"some of {','.join(servers.PEERS)}, or empty for none")
    parser.add_argument("--server-args", default="", help="more arguments of this server")
    parser.add_argument("--json", type=pathlib.Path, default=OUT / "peers.json")
    parser.add_argument("--plot", type=pathlib.Path, default=OUT / "peers.png")
    return parser.parse_args()


def main():
    """Measures, prints, writes and plots."""
    options = arguments()
    names = options.scenes.split(",") if options.scenes else sorted(
        path.name for path in options.requests.iterdir() if path.is_dir())
    types = options.types.split(",")
    results = {}
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(servers.Own(options.server_args.split()))
        peers = [stack.enter_context(servers.Peer(servers.PEERS[form]))
                 for form in options.peers.split(",") if form]
        for name in names:
            requests = [request for request in load.read_requests(options.requests / name)
                        if request.image_type in types]
            if not requests:
                sys.exit(f"{options.requests / name} has no such requests")
            agree = check(requests, own, peers)
            size = statistics.median(len(request.data) for request in requests)
            result = {"requests": len(requests), "megabytes": round(size / 1e6, 2),
                      "least_agreement": {k: round(v, 4) for k, v in agree.items()}, "clients": {}}
            agreed = ", ".join(f"{k} {v:.1%}" for k, v in agree.items())
            print(f"\n{name}: {len(requests)} requests of {size / 1e6:.2f} MB"
                  + (f"; pixels that agree, at least: {agreed}" if agreed else ""), flush=True)
            for clients in map(int, options.clients.split(",")):
                rounds = measure(requests, [own, *peers], clients, options)
                figures = summary(rounds, own.name)
                result["clients"][clients] = figures
                for server, of_one in figures.items():
                    low, high = of_one["least_and_most"]
                    print(f"  {clients} clients  {server:28} {of_one['images_per_second']:8.2f}"
                          f" images/s ({low:.2f} to {high:.2f})  p50 {of_one['p50_ms']:8.1f} ms  "
                          f"ours is {of_one['times_faster_is_ours']:7.2f}x", flush=True)
            results[name] = result
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{options.json}")
    if peers:
        plot.ratios(results, own.name, options.plot)
        print(options.plot)


if __name__ == "__main__":
    main()
