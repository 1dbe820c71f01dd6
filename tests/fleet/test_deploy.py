"""What `examples/deploy/` says is so: its files are what their readers take, its alerts of our metrics."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.fleet.configuration import read_fleet
from reconciler.fleet.database import Database
from reconciler.fleet.runs import RunState
from reconciler.fleet.server.looks import Looks
from reconciler.fleet.server.metrics import Metrics
from reconciler.fleet.states import State

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "examples" / "deploy"
TEXTS = {"type": "array", "items": {"type": "string"}}


def closed(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def each(of: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


TEXT, WHOLE, TRUE = {"type": "string"}, {"type": "integer", "minimum": 0}, {"const": True}
DURATION = {"type": "string", "pattern": "^([0-9]+(s|m|h))+$"}
# The parts of the Compose Specification that are used.
SERVICE = closed(
    "image restart",
    image=TEXT,
    build=closed("context dockerfile", context=TEXT, dockerfile=TEXT),
    restart={"enum": ["no", "always", "on-failure", "unless-stopped"]},
    read_only={"type": "boolean"},
    cap_drop=TEXTS,
    security_opt=TEXTS,
    tmpfs=TEXTS,
    volumes=TEXTS,
    secrets=TEXTS,
    entrypoint=TEXTS,
    command=TEXTS,
    depends_on=each(closed("condition", condition={"enum": ["service_started", "service_healthy"]})),
    environment=each(TEXT),
    ports=TEXTS,
    deploy=closed(replicas=WHOLE),
    stop_grace_period=DURATION,
    healthcheck=closed(test=TEXTS, interval=DURATION, timeout=DURATION, retries=WHOLE, disable=TRUE),
)
COMPOSE = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "services": each(SERVICE),
        "volumes": each({"type": "object"}),
        "secrets": each(closed("file", file=TEXT)),
    },
    "required": ["services"],
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
}
LABELS = each(TEXT)
META = closed("name", name={"type": "string", "pattern": "^[a-z0-9-]{1,63}$"}, labels=LABELS)
PROBE = closed(
    "httpGet",
    httpGet=closed("path port", path=TEXT, port=TEXT),
    periodSeconds=WHOLE,
    timeoutSeconds=WHOLE,
    failureThreshold=WHOLE,
)
SELECTOR = closed("matchLabels", matchLabels=LABELS)
CONTAINER = closed(
    "name image args",
    name=TEXT,
    image=TEXT,
    args=TEXTS,
    env={
        "type": "array",
        "items": closed(
            "name", name=TEXT, valueFrom=closed(secretKeyRef=closed("name key", name=TEXT, key=TEXT))
        ),
    },
    securityContext=closed(
        "readOnlyRootFilesystem",
        readOnlyRootFilesystem=TRUE,
        allowPrivilegeEscalation={"const": False},
        capabilities=closed(drop=TEXTS),
    ),
    volumeMounts={
        "type": "array",
        "items": closed("name mountPath", name=TEXT, mountPath=TEXT, readOnly=TRUE),
    },
    ports={"type": "array", "items": closed("containerPort", name=TEXT, containerPort=WHOLE)},
    livenessProbe=PROBE,
    readinessProbe=PROBE,
    startupProbe=PROBE,
    resources=closed(requests=LABELS, limits=LABELS),
)
POD = closed(
    "containers securityContext",
    automountServiceAccountToken={"type": "boolean"},
    terminationGracePeriodSeconds=WHOLE,
    securityContext=closed(
        "runAsNonRoot",
        runAsNonRoot=TRUE,
        runAsUser=WHOLE,
        runAsGroup=WHOLE,
        fsGroup=WHOLE,
        seccompProfile=closed(type=TEXT),
    ),
    containers={"type": "array", "items": CONTAINER, "minItems": 1},
    volumes={
        "type": "array",
        "items": closed(
            "name",
            name=TEXT,
            emptyDir=closed(),
            configMap=closed("name", name=TEXT),
            secret=closed("secretName", secretName=TEXT, defaultMode={"const": 0o440}),
        ),
    },
)
KINDS = {
    "Deployment": (
        "apps/v1",
        closed(
            "selector template",
            replicas=WHOLE,
            selector=SELECTOR,
            template=closed("metadata spec", metadata=closed(labels=LABELS), spec=POD),
        ),
    ),
    "PodDisruptionBudget": ("policy/v1", closed("selector", maxUnavailable=WHOLE, selector=SELECTOR)),
    "Service": (
        "v1",
        closed(
            "selector ports",
            selector=LABELS,
            ports={"type": "array", "items": closed("port", name=TEXT, port=WHOLE, targetPort=TEXT)},
        ),
    ),
}


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_bytes())


def manifests() -> list[Any]:
    return [*yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_bytes())]


def problems(schema: Any, value: Any) -> list[str]:
    return [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)
    ]


def is_understood(arguments: list[str]) -> bool:
    """Whether the command line knows the command and its flags."""
    command = [sys.executable, "-m", "reconciler", *arguments, "--help"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_fleet_is_one() -> None:
    fleet = read_fleet(DEPLOY / "fleet.yaml")
    assert fleet.auth and fleet.auth.tokens


def test_compose_is_as_specified_and_mounts_what_the_fleet_reads() -> None:
    compose = read("compose.yaml")
    assert problems(COMPOSE, compose) == []
    services = compose["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    for name in ("serve", "worker"):
        service = services[name]
        assert service["read_only"] and is_understood(service["command"])
        assert {mount.split(":")[1] for mount in service["volumes"]} == {
            "/etc/welkin/fleet.yaml",
            "/run/secrets/welkin",
            "/run/secrets/fleet-tokens",
        }
        assert set(service["secrets"]) <= compose["secrets"].keys()
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_kubernetes_takes_objectobject() -> None:
    found = manifests()
    for thing in found:
        version, spec = KINDS[thing["kind"]]
        whole = closed(
            "apiVersion kind metadata spec",
            apiVersion={"const": version},
            kind=TEXT,
            metadata=META,
            spec=spec,
        )
        assert problems(whole, thing) == []
    deployed = {thing["metadata"]["name"]: thing["spec"] for thing in found if thing["kind"] == "Deployment"}
    kept = [thing["spec"]["selector"] for thing in found if thing["kind"] == "PodDisruptionBudget"]
    assert deployed.keys() == {"welkin-worker", "welkin-serve"}
    for spec in deployed.values():
        (container,) = spec["template"]["spec"]["containers"]
        volumes = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert spec["selector"] in kept
        assert spec["template"]["metadata"]["labels"] == spec["selector"]["matchLabels"]
        assert is_understood(container["args"])
    serve = deployed["welkin-serve"]["template"]["spec"]["containers"][0]
    probes = {serve[f"{name}Probe"]["httpGet"]["path"] for name in ("liveness", "readiness", "startup")}
    assert probes == {"/healthz", "/readyz"}


def test_alerts_are_of_metrics_that_there_are(tmp_path: Path) -> None:
    with Database.opened(f"sqlite:///{tmp_path / 'fleet.db'}") as database:
        text = Metrics(database, Looks(database, 3600.0), None).text().decode()
    there = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    (group,) = read("alerts.yaml")["groups"]
    states = {*map(str, State), *map(str, RunState)}
    for rule in group["rules"]:
        assert (
            problems(
                closed(
                    "alert expr labels annotations",
                    alert=TEXT,
                    expr=TEXT,
                    labels=LABELS,
                    annotations=LABELS,
                    **{"for": {"pattern": "^[0-9]+[smhd]$"}},
                ),
                rule,
            )
            == []
        )
        names = set(re.findall(r"\bwelkin_\w+", rule["expr"]))
        assert names and names <= there, rule["alert"]
        for said in re.findall(r'state=~?"([^"]+)"', rule["expr"]):
            assert set(said.split("|")) <= states


@pytest.mark.slow
def test_the_image_is_built_of_steps_that_work(tmp_path: Path) -> None:
    """Its RUN steps as a script, in a folder in place of the root; the system's packages are left out."""
    text = (DEPLOY / "Containerfile").read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE) and "HEALTHCHECK" in text
    ignored = shutil.ignore_patterns(".*", "mutants", "__pycache__")
    shutil.copytree(ROOT, tmp_path / "src", ignore=ignored)
    (tmp_path / "etc").mkdir()
    steps = re.findall(r"^RUN (.*)$", text, re.MULTILINE)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "apt-get").symlink_to("/bin/true")
    script = f"set -eu\nPATH={tmp_path / 'bin'}:$PATH\n" + "\n".join(steps)
    script = re.sub(r"(?<![\w/}])/(opt/welkin|src|etc|var/lib/apt)\b", rf"{tmp_path}/\1", script)
    script = script.replace("python -m venv", f"{sys.executable} -m venv")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    program = tmp_path / "opt" / "welkin" / "bin" / "welkin-reconcile"
    shown = subprocess.run([program, "fleet", "serve", "--help"], capture_output=True, text=True, check=True)
    assert "--listen" in shown.stdout
