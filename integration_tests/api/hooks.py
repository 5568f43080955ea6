"""What schemathesis is told besides the document: scenes that can be drawn, and which forms must be.

A scene of random bytes is refused, and near and far at random are in the wrong order half of the time, which
no schema can say. So scenes are real ones, and of the forms that the document allows every other one is
brought into agreement with itself; that must get an image then.
"""

import dataclasses
import hashlib
import math
import pathlib
import sys

import schemathesis
from hypothesis import strategies

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "integration_tests"))

from support import boxes  # noqa: E402

POSE = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1)
SCENES = (
    boxes.gltf([boxes.Box((0, 0, 0), (1, 1, 1), (0.9, 0.5, 0.2))], POSE),
    (ROOT / "src/server/openapi/triangle.gltf").read_bytes(),
    (ROOT / "test_assets/sample.glb").read_bytes(),
)
# What a file may not have; and planes that may not fit to those of its own lens. What it has is for other tests.
CHOICES = ("animation", "camera", "time", "variant")
# The server does not heed the field in which this stands.
AGREES = "This form agrees with itself."

schemathesis.openapi.media_type("model/gltf-binary", strategies.sampled_from(SCENES))
schemathesis.openapi.media_type(
    "model/gltf+json", strategies.one_of(strategies.sampled_from(SCENES[:2]), strategies.binary()))


def order(form, low, high):
    """Puts the lower one first."""
    if low in form and high in form:
        form[low], form[high] = sorted((form[low], form[high]))
        if form[low] == form[high] > 1:
            form[low] /= 2
        elif form[low] == form[high]:
            form[high] *= 2


def agreeing(form):
    """The form with all that belongs together in order."""
    planes = () if "focal_x" in form else ("near", "far")
    form = {name: value for name, value in form.items() if name not in (*CHOICES, *planes)}
    order(form, "near", "far")
    order(form, "min_depth", "max_depth")
    for center, side in (("center_x", "width"), ("center_y", "height")):
        if center in form:
            form[center] = math.fmod(form[center], form[side])
    if "scene_sha256" in form:
        form["scene_sha256"] = hashlib.sha256(form["scene"]).hexdigest()
    return {**form, "submit": AGREES}


@schemathesis.hook
def map_body(context, body):
    """Every other form, told by something that is as good as random but the same each time.

    Those with a scene by its media type are wrapped; they are the ones that the document allows.
    """
    form = getattr(body, "body", None)
    if form is None or form["scene"] not in SCENES or len(repr(form)) % 2:
        return body
    return dataclasses.replace(body, body=agreeing(form))


@schemathesis.check
def agreeing_forms_are_drawn(context, response, case):
    """A form that keeps to the document and agrees with itself gets an image."""
    if isinstance(case.body, dict) and case.body.get("submit") == AGREES:
        assert response.status_code == 200, response.text
