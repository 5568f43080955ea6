"""Makes the root of the image without a container engine: `make_root.py FOLDER`, as root.

This is no `docker build`. What the Dockerfile's last stage begins with is made by debootstrap of the
same release of Debian, its RUN instructions run in there word by word, and in place of the build stage
comes the program that is built on this machine, stripped as there. So the list of packages, the
commands, the user and the files are the image's; the build stage, the layers and the engine are not
tested.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import dockerfile  # noqa: E402
from support.server import binary  # noqa: E402

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")


def in_root(root, *command):
    """Runs a command in there as root, as an engine does while it builds."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                   "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["chroot", str(root), *command], check=True, env=environment)


def mebibytes(root):
    """All that is in there, but not on other file systems."""
    lines = subprocess.run(["du", "-smx", str(root)], check=True, capture_output=True, text=True)
    return int(lines.stdout.split()[0])


def begin(root):
    """FROM."""
    name, release = dockerfile.base().removesuffix("-slim").split(":")
    assert name == "debian", "only Debian can be made without an engine"
    subprocess.run(["debootstrap", "--variant=minbase", release, str(root), MIRROR], check=True,
                   stdout=subprocess.DEVNULL)
    # As the base image comes: nothing that a download left.
    in_root(root, "apt-get", "clean")
    # Names of hosts are found as on this machine, as in an engine's containers.
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")


def copy_program(root, rest):
    """COPY, of which there is one: the program, with what it needs of the C library."""
    source, folder = [word for word in shlex.split(rest) if word != "--from=build"]
    target = root / folder.lstrip("/") / pathlib.Path(source).name
    subprocess.run(["strip", "--strip-debug", "-o", str(target), binary()], check=True)
    try:
        in_root(root, str(pathlib.Path(folder) / target.name), "--version")
    except subprocess.CalledProcessError:
        sys.exit("The program built on this machine does not run in the image: its C library is newer "
                 "than the image's, most likely. Build it on the image's release of Debian, and name "
                 "it in GLTF_RENDER_SERVER_BIN.")


def main(root):
    begin(root)
    print(f"{dockerfile.base()}: {mebibytes(root)} MiB by debootstrap (the base image has no documents, and less)", flush=True)
    for name, rest in dockerfile.instructions():
        before = mebibytes(root)
        if name == "RUN":
            in_root(root, "sh", "-c", rest)
        elif name == "COPY":
            copy_program(root, rest)
        else:
            assert name in {"FROM", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT"}, name
            continue
        print(f"{name} {rest[:60]}...: {mebibytes(root) - before} MiB more", flush=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
