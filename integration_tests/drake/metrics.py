"""How far apart two images are.

Each function adds counts to a `Counter` under names such as "color<=8" (values within 8/255) or
"depth in class" (pixels away from edges that differ in class), so that images of one scene add up;
`percentages` turns the sums into percent.
"""

from collections import Counter

import numpy as np

# Drake's RenderLabel values for "nothing there": a server can only send the second.
EMPTY, DO_NOT_CARE = 32766, 32764
COLOR_STEPS = (20, 8, 2)
DEPTH_STEPS = {"1mm": 1e-3, "10um": 1e-5}
SILHOUETTE = "silhouette"


def depth_class(depth):
    """0 too close, 1 a distance, 2 too far, 3 not a number."""
    return np.select([np.isnan(depth), np.isposinf(depth), depth <= 0], [3, 2, 0], 1)


def interior(label, depth):
    """Where no silhouette, crease or border of a label lies within two pixels of the reference.

    A crease is where the slope of the depth changes by more than 4 mm, plus 4 mm for each metre.
    """
    kinds = depth_class(depth)
    metres = np.where(kinds == 1, depth, 0.0).astype(float)
    edge = np.zeros(label.shape, bool)
    for axis in (0, 1):
        # Views with the axis first, so that one piece of code serves rows and columns.
        marks, labels = np.moveaxis(edge, axis, 0), np.moveaxis(label, axis, 0)
        kind, z = np.moveaxis(kinds, axis, 0), np.moveaxis(metres, axis, 0)
        change = (labels[1:] != labels[:-1]) | (kind[1:] != kind[:-1])
        bend = np.abs(z[2:] - 2 * z[1:-1] + z[:-2]) > 0.004 * (1 + z[1:-1])
        change[1:] |= bend
        change[:-1] |= bend
        marks[1:] |= change
        marks[:-1] |= change
    padded = np.pad(edge, 1)
    rows, columns = edge.shape
    near = np.zeros_like(edge)
    for row in range(3):
        for column in range(3):
            near |= padded[row : row + rows, column : column + columns]
    return ~near


def _count(sums, name, hits, total):
    sums[name] += int(hits)
    sums[name, "of"] += int(total)


def _silhouette(sums, name, want, got):
    """Of the pixels in either mask, those in both."""
    _count(sums, f"{SILHOUETTE} of {name}", np.count_nonzero(want & got), np.count_nonzero(want | got))


def color(sums, want, got, inside):
    """Adds up the red, green and blue values within each of `COLOR_STEPS`."""
    difference = np.abs(want.astype(np.int16) - got.astype(np.int16))
    for where, part in (("", difference), (" in", difference[inside])):
        for step in COLOR_STEPS:
            _count(sums, f"color{where}<={step}", np.count_nonzero(part <= step), part.size)
    return difference.max(-1)


def depth(sums, want, got, inside):
    """Adds up the distances within each of `DEPTH_STEPS`, where both images have one, the pixels of
    another class, and the silhouette of all there is."""
    kinds = depth_class(want), depth_class(got)
    both = (kinds[0] == 1) & (kinds[1] == 1)
    _silhouette(sums, "all", kinds[0] == 1, kinds[1] == 1)
    with np.errstate(invalid="ignore"):
        error = np.where(both, np.abs(want.astype(float) - got.astype(float)), 0)
    for where, mask in (("", np.ones_like(inside)), (" in", inside)):
        part = error[both & mask]
        for name, step in DEPTH_STEPS.items():
            _count(sums, f"depth{where}<={name}", np.count_nonzero(part <= step), part.size)
        wrong = np.count_nonzero((kinds[0] != kinds[1]) & mask)
        _count(sums, f"depth{where} class", wrong, np.count_nonzero(mask))
    return np.where(kinds[0] != kinds[1], 1.0, error)


def label(sums, want, got, inside, known, unfaithful):
    """Adds up the pixels of another label, but for those whose reference is no label of the scene
    (`known`) or one of the `unfaithful` ones; and the silhouette of each thing with a label."""
    for thing in known - unfaithful:
        _silhouette(sums, thing, want == thing, got == thing)
    faithful = np.isin(want, [*known - unfaithful, EMPTY, DO_NOT_CARE])
    one, other = (np.where(a == EMPTY, DO_NOT_CARE, a) for a in (want, got))
    wrong = (one != other) & faithful
    for where, mask in (("", faithful), (" in", inside & faithful)):
        _count(sums, f"label{where} wrong", np.count_nonzero(wrong & mask), np.count_nonzero(mask))
    strange = ~np.isin(other, [*known, DO_NOT_CARE])
    _count(sums, "label strange", np.count_nonzero(strange), strange.size)
    return wrong


def percentages(sums: Counter):
    """{name: percent}; a name with nothing to count is left out. `SILHOUETTE` is the worst of all
    silhouettes."""
    table = {name: 100.0 * sums[name] / sums[name, "of"] for name in sums
             if isinstance(name, str) and sums[name, "of"]}
    silhouettes = [name for name in table if name.startswith(SILHOUETTE)]
    if silhouettes:
        table[SILHOUETTE] = min(map(table.pop, silhouettes))
    return table
