"""A real nginx with wsgi_equivalent/nginx.conf, of which only the addresses are replaced."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from support.server import ROOT

FRAME = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log info;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""

PROCESS = re.compile(r"^( *)server 127\.0\.0\.1:\d+(.*;)$\n", re.MULTILINE)


def program():
    """The path of nginx."""
    path = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise RuntimeError("nginx is not installed (Debian, Ubuntu: apt-get install nginx-light).")
    return path


def site(port, ports):
    """The site file, listening on `port` of this machine only, before processes on any number of
    `ports`."""
    text = (ROOT / "wsgi_equivalent" / "nginx.conf").read_text()
    text, listens = re.subn(r"^( *)listen \d+;", rf"\1listen 127.0.0.1:{port};", text, flags=re.MULTILINE)
    first = PROCESS.search(text)
    assert listens == 1 and first, "nginx.conf is not what the tests expect"
    indent, rest = first.groups()
    lines = "".join(f"{indent}server 127.0.0.1:{each}{rest}\n" for each in ports)
    text = PROCESS.sub("", text)
    return text[:first.start()] + lines + text[first.start():]


def write(folder, port, ports):
    """Writes all of nginx's configuration into a folder, and gives the arguments that read it."""
    folder.chmod(0o755)
    (folder / "site.conf").write_text(site(port, ports))
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder))
    return [program(), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"),
            "-p", str(folder)]


@contextlib.contextmanager
def nginx(ports):
    """Runs nginx with the site file before the processes on these ports; gives its URL and the
    path of its error log."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        process = subprocess.Popen(write(folder, port, ports))
        try:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", folder / "error.log"
        finally:
            process.terminate()
            process.wait(30)
