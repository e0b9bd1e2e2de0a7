"""The files of deploy/: well formed, with settings and metrics that there are, and no more rights.

Nothing is fetched and nothing is built: what a registry or a cluster says to them is tried by hand.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from app.web.prometheus import Counts
from app.web.settings import known
from backstep import __version__
from tests.service import running
from tests.waiting import happens

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file())
SETTINGS = {each.variable for _, _, each in known()}
HEALTH = "/api/v1/health"
IMAGE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: Any = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
KUBERNETES: dict[str, Any] = {
    each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
}
POD: Any = KUBERNETES["Deployment"]["spec"]["template"]["spec"]
UNIT = (DEPLOY / "backstep.service").read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.strip().startswith("#")]
    named = set(re.findall(r"BACKSTEP_[A-Z_]+", "\n".join(lines)))
    assert named <= SETTINGS


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, with their arguments."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", IMAGE))
    return [
        (word, rest)
        for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


def test_the_image_is_small_and_runs_without_rights() -> None:
    told = instructions()
    stages = [rest for word, rest in told if word == "FROM"]
    assert len(stages) == 2
    assert stages[0].startswith(stages[1])  # the same system, without what builds
    last = told[max(place for place, (word, _) in enumerate(told) if word == "FROM") :]
    assert [rest for word, rest in last if word == "USER"] == ["10001"]
    words = [word for word, _ in last]
    assert words.index("USER") < words.index("CMD")
    copied = [rest for word, rest in last if word == "COPY"]
    assert copied == ["--from=built /opt/backstep /opt/backstep"]
    (check,) = [rest for word, rest in last if word == "HEALTHCHECK"]
    assert f"{HEALTH}?ready=1" in check
    for word, rest in last:
        if word == "CMD":
            assert json.loads(rest)[1:] == ["serve", "--host", "0.0.0.0", "--port", "8000"]
    assert not any("latest" in stage or ":" not in stage for stage in stages)


def test_the_image_takes_what_it_copies_and_the_same_uv_as_everyone() -> None:
    sources = {
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert all((ROOT / source).exists() for source in sources)
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert {line[1:] for line in sent if line.startswith("!")} == sources
    pinned = re.search(r'UV_PINNED = "(.+)"', (ROOT / "run.py").read_text())
    assert pinned is not None
    assert f"ghcr.io/astral-sh/uv:{pinned[1]} " in IMAGE


def test_the_composition_has_two_replicas_that_only_read() -> None:
    service = COMPOSE["services"]["backstep"]
    assert set(service) <= {
        "build", "environment", "deploy", "read_only", "tmpfs", "cap_drop", "security_opt",
        "pids_limit", "stop_grace_period", "restart", "networks",
    }  # fmt: skip
    assert service["deploy"]["replicas"] == 2
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()
    kept = COMPOSE["services"]["redis"]
    assert service["environment"]["BACKSTEP_REDIS"] == "redis://redis:6379/0"
    assert "ports" not in kept  # it belongs inside
    assert kept["read_only"] is True
    proxies = COMPOSE["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert service["environment"]["BACKSTEP_PROXIES"] == proxies
    mounted = COMPOSE["services"]["proxy"]["volumes"][0].split(":")[0]
    assert (DEPLOY / mounted).exists()


def test_the_proxy_passes_what_the_service_takes() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    assert text.count("{") == text.count("}")
    code = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines())
    for line in filter(None, map(str.strip, code.splitlines())):
        assert line[-1] in "{};", line
    assert "X-Forwarded-For $remote_addr" in text
    assert "$request_uri" not in text
    assert "$args" not in text
    assert "client_max_body_size 4m" in text


def test_the_cluster_runs_it_without_rights_and_probes_what_there_is() -> None:
    assert set(KUBERNETES) == {
        "Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy",
    }  # fmt: skip
    (container,) = POD["containers"]
    assert POD["enableServiceLinks"] is False  # else its variables look like settings
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["image"].endswith(f":{__version__}")
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] == f"{HEALTH}?ready=1"
    # A pod without a worker is not to be killed for it: it is starting some.
    assert container["livenessProbe"]["httpGet"]["path"] == HEALTH
    mounted = {each["name"] for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in POD["volumes"]}
    labels = KUBERNETES["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert KUBERNETES["Service"]["spec"]["selector"] == labels
    assert KUBERNETES["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    scaled = KUBERNETES["HorizontalPodAutoscaler"]["spec"]
    assert scaled["scaleTargetRef"]["name"] == KUBERNETES["Deployment"]["metadata"]["name"]
    assert scaled["metrics"][0]["resource"]["name"] == "cpu"


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    board = json.loads((DEPLOY / "grafana.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"backstep_\w+", target["expr"])
    }
    counts = Counts()
    there = {each.name for each in counts.registry.collect()}
    state = (ROOT / "app" / "web" / "prometheus.py").read_text()
    gauges = {f"backstep_{name}" for name in re.findall(r'^ +\("(\w+)", "', state, re.M)}
    gauges |= {f"backstep_{name}" for name in re.findall(r'^ +"(\w+)",\n +"[A-Z]', state, re.M)}
    assert len(asked) > 12
    for name in asked:
        assert re.sub("_(total|bucket|sum|count)$", "", name) in there | gauges, name
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(places)) == len(places)


def test_the_unit_is_well_formed(tmp_path: Path) -> None:
    sections = re.findall(r"(?m)^\[(\w+)\]$", UNIT)
    assert sections == ["Unit", "Service", "Install"]
    for line in UNIT.splitlines():
        assert re.fullmatch(r"(#.*|\[\w+\]|[A-Z]\w+=.*|)", line), line
    program = re.search(r"ExecStart=(\S+) -m (\S+) (\w+)", UNIT)
    assert program is not None
    assert (program[2], program[3]) == ("app.cli", "serve")
    verify = shutil.which("systemd-analyze")
    if verify is None:
        return
    # The program need only be there for the check.
    copy = tmp_path / "backstep.service"
    copy.write_text(UNIT.replace(program[1], "/bin/true").replace("/srv/backstep", "/"))
    said = subprocess.run([verify, "verify", str(copy)], capture_output=True, text=True)
    assert "backstep.service" not in said.stderr, said.stderr


@pytest.mark.slow
def test_it_starts_where_nothing_can_be_written(tmp_path: Path) -> None:
    """Neither the home folder nor the one it is started in can be written to."""
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o555)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {
        **kept,
        "HOME": "/nonexistent",
        "XDG_CACHE_HOME": "/nonexistent",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        "BACKSTEP_WORKERS": "1",
    }
    with running(tmp_path / "log", cwd=shut, env=environment, module="app.cli") as server:
        happens(lambda: b'"state":"ready"' in urlopen(f"{server}/api/v1/health").read())
        with urlopen(f"{server}/api/v1/graph.svg?source=param%20w%3D2%0AL%3Dw%5E2") as drawn:
            assert drawn.read().startswith(b"<svg")
    assert list(shut.iterdir()) == []
