"""Compares what the server draws with what RenderEngineVtk draws, through the real Drake client.

    python compare.py --url http://127.0.0.1:8000 [--scenes shapes,inside] [--pictures DIR] [--json F]

Every scene of `scenes.py` is drawn by RenderEngineVtk in this process and by the server at the URL
through RenderEngineGltfClient. The table has percentages: color "<=8" are the values within 8/255,
depth "<=10um" the distances within 0.01 mm, "class" the pixels that are a distance in one image and
too close or too far in the other, label "wrong" the pixels of another label; "in" is the same away
from edges. "silhouette" is the intersection of two masks over their union, the worst of all: the masks
of the pixels with a distance, and those of each label. Exit status 1 if a limit is missed.
"""

import argparse
import json
import pathlib
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass

import metrics
import pictures
import scenes
from rig import IMAGE_TYPES, Rig

# Percent: at least this much of what agrees, at most that much of what does not.
AT_LEAST = {"color in<=8": 99.9, "color in<=2": 99.5, "color<=20": 99.5,
            "depth in<=10um": 100.0, "depth<=1mm": 99.9, metrics.SILHOUETTE: 99.0}
AT_MOST = {"depth in class": 0.0, "label in wrong": 0.0, "label wrong": 0.1, "label strange": 0.0}


@dataclass
class Result:
    """What a scene came to: percentages by name, median times in milliseconds by (engine, image
    type), and the pictures written."""

    percent: dict
    milliseconds: dict
    pictures: list

    def misses(self, limits=None):
        """A line for each limit that is missed; `limits` replaces some of the common ones."""
        changed = limits or {}
        lines = []
        for table, sign, word in ((AT_LEAST, 1, "least"), (AT_MOST, -1, "most")):
            for name, common in table.items():
                limit = changed.get(name, common)
                # Nothing to count: the scene has no such pixel.
                value = self.percent.get(name, limit)
                if sign * (value - limit) < 0:
                    lines.append(f"{name} = {value:.4f} %, at {word} {limit} %")
        return lines


def compare(scene, url, folder=None, every_picture=False):
    """The `Result` of a scene. Pictures are written if a limit is missed, or for every image."""
    rig = Rig(scene, url)
    known = frozenset(thing.label for thing in scene.things)
    sums, times, kept = Counter(), {}, []
    for frame in range(len(scene.frames)):
        rig.show(frame)
        for number, seen in enumerate(scene.views):
            images = {}
            for engine in ("vtk", "client"):
                for image_type in IMAGE_TYPES:
                    start = time.perf_counter()
                    images[engine, image_type] = rig.render(engine, seen, image_type)
                    taken = 1e3 * (time.perf_counter() - start)
                    times.setdefault((engine, image_type), []).append(taken)
            inside = metrics.interior(images["vtk", "label"], images["vtk", "depth"])
            for image_type in IMAGE_TYPES:
                want, got = images["vtk", image_type], images["client", image_type]
                extra = (known, scene.unfaithful_labels) if image_type == "label" else ()
                part = Counter()
                measure = getattr(metrics, image_type)
                difference = measure(part, want, got, inside, *extra)
                sums.update(part)
                alone = Result(metrics.percentages(part), {}, [])
                if every_picture or alone.misses(scene.limits):
                    name = f"{scene.name}-view{number}-frame{frame}-{image_type}"
                    kept.append((name, image_type, want, got, difference, inside))
    medians = {key: sorted(values)[len(values) // 2] for key, values in times.items()}
    result = Result(metrics.percentages(sums), medians, [])
    # One bad image of many may still leave the scene within its limits.
    if every_picture or result.misses(scene.limits):
        where = folder or pictures.OUT
        result.pictures = [pictures.save(*image, folder=where) for image in kept]
    return result


def table_row(name, result):
    """One line of figures."""
    names = [*AT_LEAST, *AT_MOST]
    cells = [f"{result.percent.get(key, float('nan')):8.4f}" for key in names]
    times = [f"{result.milliseconds[engine, image_type]:5.0f}" for engine in ("vtk", "client")
             for image_type in IMAGE_TYPES]
    return f"{name:18} " + " ".join(cells) + "  ms " + " ".join(times)


def table_head():
    """The head of the table, and below it what the columns are."""
    names = ", ".join([*AT_LEAST, *AT_MOST])
    return (f"Percent: {names}; then milliseconds for color, depth, label by RenderEngineVtk and by "
            "the server.")


def main():
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--scenes", default=",".join(scenes.NAMES))
    parser.add_argument("--pictures", type=pathlib.Path, help="write every image side by side")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures")
    arguments = parser.parse_args()
    missed, figures = [], {}
    print(table_head())
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.scenes.split(","):
            scene = scenes.build(name, folder)
            result = compare(scene, arguments.url, arguments.pictures, bool(arguments.pictures))
            print(table_row(name, result), flush=True)
            figures[name] = result.percent
            missed += [f"{name}: {line}" for line in result.misses(scene.limits)]
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))
    for line in missed:
        print("missed:", line)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
