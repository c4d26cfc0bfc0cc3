"""An overlay of deploy/kubernetes as `kubectl kustomize` makes it, and what the tests ask of it."""

import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
OVERLAYS = ("small", "large")
Resource = Mapping[str, Any]


@cache
def overlay(name: str) -> tuple[Resource, ...]:
    """Every resource of an overlay, or of `base`."""
    return rendered(ROOT / "deploy/kubernetes" / name)


def rendered(folder: Path) -> tuple[Resource, ...]:
    """Every resource of the overlay in a folder."""
    command = ["kubectl", "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, "kustomize warns of what later versions refuse"
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(resources: tuple[Resource, ...], kind: str) -> dict[str, Resource]:
    """The resources of a kind, by name."""
    return {resource["metadata"]["name"]: resource for resource in resources if resource["kind"] == kind}


def pod_of(resource: Resource) -> Resource:
    """The template of the pods that a Deployment, StatefulSet, Job or CronJob makes."""
    spec = resource["spec"]
    template: Resource = (spec["jobTemplate"]["spec"] if resource["kind"] == "CronJob" else spec)["template"]
    return template


def pods(resources: tuple[Resource, ...]) -> dict[str, Resource]:
    """The templates of all pods, by the name of what makes them."""
    kinds = ("Deployment", "StatefulSet", "Job", "CronJob")
    return {item["metadata"]["name"]: pod_of(item) for item in resources if item["kind"] in kinds}


def containers(pod: Resource) -> Iterator[Resource]:
    """All containers of a pod, those that come first first."""
    yield from pod["spec"].get("initContainers", ())
    yield from pod["spec"]["containers"]


def process_of(pod: Resource) -> Resource:
    """The one container that goes on running."""
    (process,) = pod["spec"]["containers"]
    return dict(process)


def environment(resources: tuple[Resource, ...], container: Resource) -> dict[str, str]:
    """The variables of a container; those that an operator may add in a Secret are not there yet."""
    maps = of_kind(resources, "ConfigMap")
    given: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        if "configMapRef" in source:
            given |= maps[source["configMapRef"]["name"]]["data"]
        else:
            assert source["secretRef"]["optional"], "an installation without it would not start"
    return given | {variable["name"]: variable["value"] for variable in container.get("env", ())}


def secrets_of(pod: Resource, container: Resource) -> list[str]:
    """The secrets that a container finds in /run/secrets."""
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    mounted = {mount["mountPath"]: volumes[mount["name"]] for mount in container.get("volumeMounts", ())}
    if "/run/secrets" not in mounted:
        return []
    secret = mounted["/run/secrets"]["secret"]
    assert all(item["key"] == item["path"] for item in secret["items"])
    return sorted(item["key"] for item in secret["items"])


def claims_of(pod: Resource, container: Resource) -> set[tuple[str, str, bool]]:
    """The shared disks of a container: name, where it is mounted, whether it is only read."""
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    return {
        (claims[mount["name"]], mount["mountPath"], mount.get("readOnly", False))
        for mount in container.get("volumeMounts", ())
        if mount["name"] in claims
    }
