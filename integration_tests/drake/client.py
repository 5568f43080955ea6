"""A real Drake client that renders a scene over and over: `client.py URL COUNT`.

It is a process of its own since pydrake holds Python's lock while it waits for an answer. The last
line is the number of images received; an error of the client ends it with a traceback.
"""

import itertools
import sys
import tempfile

import numpy as np

import scenes
from rig import IMAGE_TYPES, Rig


def main():
    """Renders COUNT images: image types and cameras in turn, frame after frame."""
    url, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        scene = scenes.build("sequence", folder)
        rig = Rig(scene, url, reference=False)
        order = itertools.cycle(itertools.product(range(len(scene.frames)), scene.views,
                                                  IMAGE_TYPES))
        for done, (frame, seen, image_type) in enumerate(itertools.islice(order, count), 1):
            rig.show(frame)
            image = rig.render("client", seen, image_type)
            if not np.ptp(np.nan_to_num(image.astype(float), posinf=100.0)):
                sys.exit(f"image {done}, {image_type} of frame {frame}, shows nothing")
        print(count)


if __name__ == "__main__":
    main()
