"""Where a camera is and where it looks.

A pose is a 4 x 4 matrix that takes points of the camera frame to the scene. The camera frame is that of
computer vision, and of Drake: x right, y down, z forward.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# glTF's cameras look along -z, and y is up.
_FROM_GLTF = np.diag([1.0, -1.0, -1.0, 1.0])


def look_at(
    eye: npt.ArrayLike, target: npt.ArrayLike, up: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """The pose of a camera at `eye` that has `target` in its middle and `up` above it. In most glTF files
    up is (0, 1, 0); in what comes from Drake it is (0, 0, 1)."""
    position = np.asarray(eye, np.float64)
    forward = _unit(np.asarray(target, np.float64) - position, "eye and target are one")
    right = _unit(np.cross(forward, np.asarray(up, np.float64)), "it would look along up")
    pose = np.eye(4)
    pose[:3] = np.stack([right, np.cross(forward, right), forward, position], axis=1)
    return pose


def _unit(vector: npt.NDArray[np.float64], fault: str) -> npt.NDArray[np.float64]:
    length = np.linalg.norm(vector)
    if not length > 0:
        raise ValueError(f"There is no such pose: {fault}.")
    return np.asarray(vector / length, np.float64)


def node_matrix(pose: npt.ArrayLike) -> list[float]:
    """The matrix of a glTF node whose camera has this pose: 16 numbers, column by column."""
    matrix = np.asarray(pose, np.float64)
    if matrix.shape != (4, 4):
        raise ValueError(f"A pose is a 4 x 4 matrix, not one of shape {matrix.shape}.")
    return [float(number) for number in (matrix @ _FROM_GLTF).T.flat]
