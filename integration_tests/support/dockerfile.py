"""What the Dockerfile says of the image: its last stage, instruction by instruction."""

import json
import re

from support.server import ROOT


def instructions():
    """(instruction, the rest of it) of the last stage, in order; continued lines are one."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    text = re.sub(r"\s*\\\n\s*", " ", text)
    pairs = [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]
    last = max(index for index, (name, _) in enumerate(pairs) if name == "FROM")
    return pairs[last:]


def environment():
    """The variables that a container begins with."""
    return dict(rest.split("=", 1) for name, rest in instructions() if name == "ENV")


def _only(name):
    found = [rest for each, rest in instructions() if each == name]
    assert len(found) == 1, f"{len(found)} times {name} in the last stage of the Dockerfile"
    return found[0]


def base():
    """The image that the last stage begins with, such as debian:bookworm-slim."""
    return _only("FROM").split()[0]


def user():
    """(user, group), as numbers."""
    return tuple(int(number) for number in _only("USER").split(":"))


def entrypoint():
    """The words of the command."""
    return json.loads(_only("ENTRYPOINT"))


def health_check():
    """The words of the command."""
    return json.loads(_only("HEALTHCHECK").split(" CMD ", 1)[1])
