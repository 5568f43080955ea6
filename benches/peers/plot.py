"""The comparison as a picture: `plot.py peers.json peers.png`."""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter  # noqa: E402

COLORS = ["#2f6db3", "#d08a2e", "#5a9a5a", "#8a5a9a"]


def ratios(results, own, path):
    """A panel for each number of clients; a bar for each scene and peer says how many times as many
    images a second the server `own` gives."""
    counts = [str(count) for count in next(iter(results.values()))["clients"]]
    figure, panels = plt.subplots(1, len(counts), figsize=(10, 3.6), sharey=True, squeeze=False)
    for panel, count in zip(panels[0], counts):
        by_scene = [{str(k): v for k, v in of_one["clients"].items()}[count]
                    for of_one in results.values()]
        peers = [name for name in by_scene[0] if name != own]
        for index, (peer, color) in enumerate(zip(peers, COLORS)):
            width = 0.8 / len(peers)
            places = [scene - 0.4 + (index + 0.5) * width for scene in range(len(by_scene))]
            heights = [figures[peer]["times_faster_is_ours"] for figures in by_scene]
            bars = panel.bar(places, heights, width, color=color, label=peer)
            panel.bar_label(bars, [f"{height:.3g}" for height in heights], fontsize=6.5, padding=1)
        panel.set_yscale("log")
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
        panel.axhline(1, color="#444444", linewidth=0.8)
        panel.set_xticks(range(len(results)), list(results), rotation=30, ha="right", fontsize=8)
        panel.set_title(f"{count} client{'s' * (count != '1')}", fontsize=9)
        panel.grid(axis="y", alpha=0.25)
        panel.set_axisbelow(True)
        panel.margins(y=0.12)
        panel.set_ylim(bottom=0.8)
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    panels[0][0].set_ylabel("images/s, times those of the peer", fontsize=8)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels), fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.93))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    ratios(json.loads(pathlib.Path(sys.argv[1]).read_text()), "gltf-render-server",
           pathlib.Path(sys.argv[2]))
