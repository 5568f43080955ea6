"""The files of wsgi_equivalent/ and the Dockerfile are true: what they name exists, what they set is
taken, their commands work, and their times fit each other.

No network, and no engine. Where systemd, promtool or kubectl are, they check their files too.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes, dockerfile, form, nginx  # noqa: E402
from support.server import ROOT, Server, binary  # noqa: E402

FOLDER = ROOT / "wsgi_equivalent"
UNIT = FOLDER / "gltf-render-server@.service"
DROP_IN = FOLDER / "one-gpu.conf"
COMPOSE = FOLDER / "compose.yaml"
KUBERNETES = FOLDER / "kubernetes"
MONITORING = FOLDER / "monitoring"

VARIABLE = re.compile(r"\bGLTF_RENDER_SERVER_[A-Z_]+\b")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
METRIC = re.compile(r"\bgltf_render_server_[a-z_]+\b")

# How long a server may take that has given up what is under way.
TO_END = 10


def files():
    """All files of wsgi_equivalent, and the Dockerfile."""
    found = [path for path in FOLDER.rglob("*") if path.is_file()]
    return [*found, ROOT / "Dockerfile"]


def unit_settings(path):
    """Each setting of a unit with all its values, in order."""
    settings = {}
    for line in path.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            settings.setdefault(name, []).append(value)
    return settings


def unit_environment():
    return dict(pair.split("=", 1) for pair in unit_settings(UNIT)["Environment"])


def compose_services():
    return yaml.safe_load(COMPOSE.read_text())["services"]


def kubernetes_documents(variant):
    """The files of a variant, by kind."""
    documents = {}
    for path in sorted((KUBERNETES / variant).glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            documents[document["kind"]] = document
    return documents


def pod(variant="cpu"):
    """(pod, its only container)."""
    spec = kubernetes_documents(variant)["Deployment"]["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    return spec, container


def pod_environment(variant):
    return {each["name"]: each["value"] for each in pod(variant)[1]["env"]}


def ours(environment):
    """The server's own variables, but where it listens and with what it draws, which are not here."""
    elsewhere = {"GLTF_RENDER_SERVER_HOST", "GLTF_RENDER_SERVER_PORT", "GLTF_RENDER_SERVER_ADAPTER"}
    return {name: value for name, value in environment.items()
            if VARIABLE.fullmatch(name) and name not in elsewhere}


def seconds(text):
    """75, "75" or "75s"."""
    return int(str(text).removesuffix("s"))


def size(text):
    """4GiB, 5Gi, 6g or 2304m, in bytes."""
    number, unit = re.fullmatch(r"(\d+)([KMGkmg]?)i?B?", text).groups()
    return int(number) << {"": 0, "k": 10, "m": 20, "g": 30}[unit.lower()]


class Names(unittest.TestCase):
    """What the files name."""

    @classmethod
    def setUpClass(cls):
        # The variables stand in the page alone, which the Rust tests hold against the program.
        page = (FOLDER.parent / "docs/configuration.md").read_text()
        cls.known = page + subprocess.run([binary(), "serve", "--help"], check=True,
                                          capture_output=True, text=True).stdout

    def unknown(self, pattern, texts):
        named = {name for text in texts for name in pattern.findall(text)}
        self.assertGreater(len(named), 3)
        return sorted(named - set(pattern.findall(self.known)))

    def test_variables_are_there(self):
        self.assertEqual(self.unknown(VARIABLE, [path.read_text() for path in files()]), [])

    def test_options_are_there(self):
        """Those that stand in a word of their own, but gunicorn's, and those after the program's name."""
        texts = []
        for line in (FOLDER / "README.md").read_text().splitlines():
            cells = line.split("|")
            # Of the page's tables the first column is another program's, or ours with none in it.
            words = "|".join(cells[2:]) if line.startswith("|") else line
            texts += re.findall(r"`(--[^`]+)`", words)
        for path in files():
            if path.suffix != ".md":
                texts += re.findall(r"gltf-render-server[\"',]* +(?:serve +)?(--.*)", path.read_text())
        texts += re.findall(r"--.*", nginx.site(1, [2]))
        self.assertEqual(self.unknown(OPTION, texts), [])

    def test_metrics_are_there(self):
        with Server() as server:
            self.assertEqual(form.render(server.url, boxes.SMALL).status, 200)
            page = form.send(server.url, method="GET", path="/metrics").body.decode()
        kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE))
        there = set(kinds)
        for name, kind in kinds.items():
            if kind == "histogram":
                there |= {f"{name}_{part}" for part in ("bucket", "sum", "count")}
        expressions = "\n".join(self.expressions())
        named = set(METRIC.findall(expressions))
        self.assertGreater(len(named), 20)
        self.assertEqual(sorted(named - there), [])
        # What is watched by a code or an outcome is there before the first of its kind.
        watched = set(re.findall(r"(gltf_render_server_\w+)\{[^}]*\b((?:code|outcome)=\"\w+\")", expressions))
        self.assertGreater(len(watched), 1)
        for name, label in watched:
            self.assertRegex(page, rf"(?m)^{name}\{{{label}\}} \d")
        # There is no rate of what may fall.
        counted = set(re.findall(r"(?:rate|increase)\((gltf_render_server_[a-z_]+)", expressions))
        gauges = {name for name, kind in kinds.items() if kind == "gauge"}
        self.assertEqual(sorted(counted & gauges), [])

    @staticmethod
    def expressions():
        dashboard = json.loads((MONITORING / "dashboard.json").read_text())
        for panel in dashboard["panels"]:
            yield from (target["expr"] for target in panel.get("targets", []))
        rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())
        for group in rules["groups"]:
            yield from (rule["expr"] for rule in group["rules"])
        for document in ("cpu", "nvidia"):
            for metric in kubernetes_documents(document)["HorizontalPodAutoscaler"]["spec"]["metrics"]:
                if metric["type"] == "Pods":
                    yield metric["pods"]["metric"]["name"]


class Settings(unittest.TestCase):
    """What the files set."""

    def test_the_server_takes_them(self):
        variants = {"unit": unit_environment(), "image": dockerfile.environment()}
        variants |= {f"compose {name}": service["environment"] for name, service in
                     compose_services().items()}
        variants |= {f"kubernetes {name}": pod_environment(name) for name in ("cpu", "nvidia")}
        for name, environment in variants.items():
            with self.subTest(name), Server(**ours(environment)) as server:
                self.assertEqual(form.render(server.url, boxes.SMALL).status, 200)

    def test_nobody_is_killed_within_the_grace(self):
        unit = unit_settings(UNIT)
        self.assertGreaterEqual(seconds(unit["TimeoutStopSec"][0]),
                                seconds(unit_environment()["GLTF_RENDER_SERVER_GRACE"]) + TO_END)
        for service in compose_services().values():
            grace = seconds(service["environment"]["GLTF_RENDER_SERVER_GRACE"])
            self.assertGreaterEqual(seconds(service["stop_grace_period"]), grace + TO_END)
        spec, container = pod()
        before = container["lifecycle"]["preStop"]["exec"]["command"]
        grace = seconds(pod_environment("cpu")["GLTF_RENDER_SERVER_GRACE"])
        self.assertEqual(before[0], "sleep")
        self.assertGreaterEqual(spec["terminationGracePeriodSeconds"], int(before[1]) + grace + TO_END)

    def test_the_spool_has_room_for_what_may_wait(self):
        for service in compose_services().values():
            options = dict(tmpfs.split(":", 1) for tmpfs in service["tmpfs"])["/tmp"]
            room = size(re.search(r"size=(\w+)", options)[1])
            self.assertGreater(room, size(service["environment"]["GLTF_RENDER_SERVER_QUEUE_BYTES"]))
            self.assertGreater(size(service["mem_limit"]), room)
        (spool,) = [each for each in pod()[0]["volumes"] if each["name"] == "spool"]
        room = size(spool["emptyDir"]["sizeLimit"])
        self.assertGreater(room, size(pod_environment("cpu")["GLTF_RENDER_SERVER_QUEUE_BYTES"]))
        self.assertGreater(size(pod()[1]["resources"]["requests"]["ephemeral-storage"]), room)

    def test_containers_can_do_nothing_else(self):
        user, group = dockerfile.user()
        self.assertGreater(min(user, group), 0)
        for service in compose_services().values():
            self.assertTrue(service["read_only"])
            self.assertEqual((service["user"], service["cap_drop"], service["security_opt"]),
                             (f"{user}:{group}", ["ALL"], ["no-new-privileges:true"]))
            self.assertEqual({port.split(":")[0] for port in service["ports"]}, {"127.0.0.1"})
        spec, container = pod()
        outer, inner = spec["securityContext"], container["securityContext"]
        self.assertEqual((outer["runAsNonRoot"], outer["runAsUser"], outer["runAsGroup"]), (True, user, group))
        self.assertEqual(inner, {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                 "capabilities": {"drop": ["ALL"]}})
        self.assertFalse(spec["automountServiceAccountToken"])
        # A Service of that name would set GLTF_RENDER_SERVER_PORT in all pods.
        self.assertEqual(kubernetes_documents("cpu")["Service"]["metadata"]["name"], "gltf-render-server")
        self.assertFalse(spec["enableServiceLinks"])

    def test_what_is_written_to_is_mounted(self):
        places = {"/tmp", dockerfile.environment()["MESA_SHADER_CACHE_DIR"]}
        self.assertEqual({each["mountPath"] for each in pod()[1]["volumeMounts"]}, places)
        for service in compose_services().values():
            mounts = {each.split(":")[0] for each in service["tmpfs"]}
            mounts |= {each.split(":")[1] for each in service["volumes"]}
            self.assertEqual(mounts, places)

    def test_ports_are_one(self):
        port = int(dockerfile.environment()["GLTF_RENDER_SERVER_PORT"])
        for service in compose_services().values():
            self.assertEqual({int(each.split(":")[2]) for each in service["ports"]}, {port})
        container = pod()[1]
        self.assertEqual([each["containerPort"] for each in container["ports"]], [port])
        self.assertEqual(pod_environment("cpu")["GLTF_RENDER_SERVER_PORT"], str(port))
        processes = re.findall(r"server (127\.0\.0\.1:\d+)", (FOLDER / "nginx.conf").read_text())
        (job,) = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
        self.assertEqual(job["static_configs"][0]["targets"], processes)

    def test_the_build_has_what_it_needs(self):
        """What the program includes is in the context that .dockerignore leaves."""
        lines = (ROOT / ".dockerignore").read_text().split()
        kept = {pathlib.PurePath(line[1:]) for line in lines if line.startswith("!")}
        included = set()
        for path in (ROOT / "src").rglob("*.rs"):
            # Tests are not built there.
            if not path.stem.endswith("tests"):
                text = path.read_text().split("#[cfg(test)]")[0]
                names = re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', text)
                included |= {(path.parent / name).resolve().relative_to(ROOT) for name in names}
        self.assertGreater(len(included), 5)
        self.assertEqual([name for name in included if kept.isdisjoint([name, *name.parents])], [])


class Commands(unittest.TestCase):
    """Commands that stand in the files, run as they stand there."""

    def setUp(self):
        self.server = self.enterContext(Server())

    def test_the_image_is_healthy_when_it_can_draw(self):
        def health(port):
            environment = {**os.environ, "GLTF_RENDER_SERVER_PORT": str(port)}
            return subprocess.run(dockerfile.health_check(), env=environment, timeout=10,
                                  stderr=subprocess.DEVNULL).returncode

        self.assertEqual(health(self.server.port), 0)
        self.server.terminate()
        self.assertNotEqual(health(self.server.port), 0)

    def test_the_unit_is_started_when_it_can_draw(self):
        def started(port, pid):
            (line,) = unit_settings(UNIT)["ExecStartPost"]
            program, option, script = re.fullmatch(r"(\S+) (-c) '(.*)'", line).groups()
            script = script.replace("%i", str(port)).replace("$$", "$")
            return subprocess.run([program, option, script], timeout=10,
                                  env={**os.environ, "MAINPID": str(pid)}).returncode

        self.assertEqual(started(self.server.port, self.server.process.pid), 0)
        self.server.terminate()
        # The process is gone, so that there is nothing to wait for.
        self.assertNotEqual(started(self.server.port, self.server.process.pid), 0)

    def test_probes_are_answered(self):
        container = pod()[1]
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            path = container[name]["httpGet"]["path"]
            with self.subTest(name):
                self.assertEqual(form.send(self.server.url, method="GET", path=path).status, 200)


class Tools(unittest.TestCase):
    """What the programs say for which the files are."""

    def run_quietly(self, *command, cwd=None):
        done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_all_yaml_and_json_is_sound(self):
        count = 0
        for path in files():
            if path.suffix in {".yaml", ".yml"}:
                self.assertTrue(all(yaml.safe_load_all(path.read_text())), path)
                count += 1
            elif path.suffix == ".json":
                json.loads(path.read_text())
                count += 1
        self.assertGreater(count, 10)

    def test_panels_are_told_apart_and_do_not_overlap(self):
        panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells

    def test_nginx_takes_its_file(self):
        for count in (1, 2, 3):
            ports = [8001 + each for each in range(count)]
            command = nginx.write(self.folder, 8000, ports)
            said = self.run_quietly(*command, "-t")
            self.assertNotIn("[warn]", said)
            servers = re.findall(r"server 127\.0\.0\.1:(\d+)", (self.folder / "site.conf").read_text())
            self.assertEqual([int(port) for port in servers], ports)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_takes_the_unit(self):
        unit = self.folder / "gltf-render-server@8001.service"
        unit.write_text(UNIT.read_text().replace("/usr/local/bin/gltf-render-server", binary()))
        (self.folder / f"{unit.name}.d").mkdir()
        shutil.copy(DROP_IN, self.folder / f"{unit.name}.d" / DROP_IN.name)
        said = self.run_quietly("systemd-analyze", "verify", "--man=no", str(unit))
        self.assertNotIn(unit.name, said)
        # Tenths, of which 100 are wide open.
        self.run_quietly("systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit))

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_prometheus_takes_its_files(self):
        self.run_quietly("promtool", "check", "config", "prometheus.yml", cwd=MONITORING)
        self.run_quietly("promtool", "test", "rules", "alerts_test.yml", cwd=MONITORING)

    @unittest.skipUnless(shutil.which("kubectl"), "kubectl is not installed")
    def test_the_variant_for_nvidia_changes_what_it_should(self):
        said = self.run_quietly("kubectl", "kustomize", str(KUBERNETES / "nvidia"))
        by_kind = {document["kind"]: document for document in yaml.safe_load_all(said)}
        (container,) = by_kind["Deployment"]["spec"]["template"]["spec"]["containers"]
        self.assertEqual(container["resources"]["limits"]["nvidia.com/gpu"], "1")
        self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
        variables = {each["name"]: each["value"] for each in container["env"]}
        self.assertEqual(variables, pod_environment("cpu") | pod_environment("nvidia"))
        metrics = by_kind["HorizontalPodAutoscaler"]["spec"]["metrics"]
        self.assertEqual([metric["type"] for metric in metrics], ["Pods"])


if __name__ == "__main__":
    unittest.main()
