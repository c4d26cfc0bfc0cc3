"""deploy/kubernetes, as far as it can be checked without a cluster: it fits the API, and is what compose is."""

import json
import os
import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from deploy.database.provision import CONNECTION_LIMIT, SERVICES
from deploy.docker.make_secrets import make_secrets
from deploy.local.postgres import LOCALE, SETTINGS
from deploy.tests.kustomized import (
    OVERLAYS,
    ROOT,
    claims_of,
    containers,
    environment,
    of_kind,
    overlay,
    pods,
    process_of,
    rendered,
    secrets_of,
)
from deploy.tests.network import Peer, Policies
from deploy.tests.test_compose import _DEFAULT, LASTING, PARTS, WATCHING
from gateway.settings import Settings as GatewaySettings
from shared.settings import BaseSettings, read_settings

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl, whose `kustomize` renders overlays")

API: dict[str, Any] = json.loads((ROOT / "tests/data/kubernetes-1.34.0.json").read_text())
OF_OPERATORS = {"postgresql.cnpg.io/v1 Cluster", "rabbitmq.com/v1beta1 RabbitmqCluster"}
NAMESPACE = "millenium-potters"
OURS = [f"{service}-{role}" for service in SERVICES for role in ("web", "worker")] + ["gateway"]
# What is done before the processes of a release work, in the order of compose's `depends_on`.
PREPARED = ("provision", "provision-broker", "keys", "migrate", "carry-over-end", "fill-history")
# Part of compose and not of Kubernetes. The ingress controller is the proxy; what works on the files of PostgreSQL has
# no place beside a database that an operator, or somebody else, looks after; a new installation carries nothing over
# while an older release runs; and a cluster has a Prometheus already.
ELSEWHERE = {
    "database-version",
    "upgrade-database",
    *WATCHING,
    "proxy",
    "archive",
    "backups",
    "restore",
    "after-restore",
    "carry-over",
    "operator",
}
# Where clients are on the other side of an ingress controller with TLS, and secrets are not in a ConfigMap.
DECIDED = {"PUBLIC_URL", "FRONTEND_URL", "BEHIND_TLS", "GATEWAY_TRUSTED_PROXIES"}
IN_A_SECRET = {"CLOUDINARY_URL"}


def given_by_compose(part: str) -> dict[str, str]:
    """What compose gives a part where nobody changed a default."""
    values = PARTS[part].get("environment", {})
    given = {name: _DEFAULT.sub(r"\1", str(value)) for name, value in values.items() if value is not None}
    return {name: value for name, value in given.items() if name not in IN_A_SECRET}


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_resource_fits_the_api(name: str) -> None:
    registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(API))
    unknown = set()
    for resource in overlay(name):
        kind = f"{resource['apiVersion']} {resource['kind']}"
        if definition := API["kinds"].get(kind):
            schema = {"$ref": f"urn:api#/$defs/{definition}"}
            validator = jsonschema.Draft202012Validator(schema, registry=registry)
            faults = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(resource)]
            assert not faults, f"{kind} {resource['metadata']['name']}"
        else:
            unknown.add(kind)
    assert unknown == (OF_OPERATORS if name == "large" else set())


def test_every_part_of_compose_has_its_place() -> None:
    ours = {*pods(overlay("base"))} | set(PREPARED) - {"prepare"}
    assert ours - {"prepare", "close-day", "operator"} == set(PARTS) - ELSEWHERE - {"postgres", "rabbitmq"}
    assert {*pods(overlay("small"))} - {*pods(overlay("base"))} == {"postgres", "rabbitmq"}
    operated = {item["metadata"]["name"] for item in overlay("large") if item["kind"] in ("Cluster", "RabbitmqCluster")}
    assert operated == {"postgres", "rabbitmq"}


@pytest.mark.parametrize("part", OURS)
def test_a_process_is_what_compose_runs(part: str) -> None:
    resources, compose = overlay("base"), PARTS[part]
    pod = pods(resources)[part]
    process = process_of(pod)
    assert process["command"] == compose["command"]
    assert process["image"] == _DEFAULT.sub(r"\1", compose["image"])
    given, expected = environment(resources, process), given_by_compose(part)
    assert {name for name in expected if expected[name] != given.get(name)} <= DECIDED
    # What is in the ConfigMap of all and reaches more parts than in compose says nothing about a part.
    for_all = of_kind(resources, "ConfigMap")
    (settings,) = [item["data"] for name, item in for_all.items() if name.startswith("settings-")]
    assert given.keys() - expected.keys() <= settings.keys()
    assert secrets_of(pod, process) == sorted(compose["secrets"])
    mounted = [volume.split(":") for volume in compose.get("volumes", ())]
    assert claims_of(pod, process) == {(name, path, mode == ["ro"]) for name, path, *mode in mounted}
    limits = compose["deploy"]["resources"]["limits"]
    assert process["resources"]["limits"] == {"cpu": limits["cpus"], "memory": f"{limits['memory']}i"}
    assert f"{pod['spec']['terminationGracePeriodSeconds']}s" == compose["stop_grace_period"]


@pytest.mark.parametrize("part", OURS)
def test_a_process_is_asked_what_compose_asks_where_it_listens(part: str) -> None:
    process = process_of(pods(overlay("base"))[part])
    asked = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/.*)", PARTS[part]["healthcheck"]["test"][-1])
    assert asked
    port, path = asked.groups()
    ports = {named["name"]: named["containerPort"] for named in process["ports"]}
    probe = process["readinessProbe"]["httpGet"]
    assert (ports[probe["port"]], probe["path"]) == (int(port), path)
    alive = "/ping" if part == "gateway" else "/health/live"
    assert process["livenessProbe"]["httpGet"]["path"] == process["startupProbe"]["httpGet"]["path"] == alive
    if not part.endswith("-worker"):
        service = of_kind(overlay("base"), "Service")[part]["spec"]
        assert service["selector"] == {"part": part}
        assert service["ports"] == [{"name": "http", "port": int(port), "targetPort": "http"}]


@pytest.mark.parametrize("step", PREPARED)
def test_what_comes_before_is_what_compose_does(step: str) -> None:
    resources = overlay("base")
    pod = pods(resources)["prepare"]
    steps = list(containers(pod))
    assert [container["name"] for container in steps] == list(PREPARED)
    container = steps[PREPARED.index(step)]
    compose = PARTS[step]
    assert (container["command"], container["image"]) == (compose["command"], "millenium-potters:dev")
    given, expected = environment(resources, container), given_by_compose(step)
    assert {name for name in expected if expected[name] != given.get(name)} <= DECIDED
    assert secrets_of(pod, container) == sorted(compose["secrets"])
    mounted = [volume.split(":") for volume in compose.get("volumes", ())]
    assert claims_of(pod, container) == {(name, path, mode == ["ro"]) for name, path, *mode in mounted}


def test_an_operator_finds_what_compose_gives_one() -> None:
    resources = overlay("base")
    pod = pods(resources)["operator"]
    assert secrets_of(pod, process_of(pod)) == sorted(PARTS["operator"]["secrets"])
    given, expected = environment(resources, process_of(pod)), given_by_compose("operator")
    assert {name for name in expected if expected[name] != given.get(name)} <= DECIDED
    closing = pods(resources)["close-day"]
    assert process_of(closing)["command"] == ["python", "-m", "services.payments", "close-day"]
    assert environment(resources, process_of(closing)).items() <= environment(resources, worker_of("payments")).items()
    assert set(secrets_of(closing, process_of(closing))) <= set(PARTS["payments-worker"]["secrets"])


def worker_of(service: str) -> Any:
    """The container of a service's worker."""
    return process_of(pods(overlay("base"))[f"{service}-worker"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    for name, content in make_secrets().items():
        (folder / name).write_text(content)
    return folder


def read(service: str, process: Any, folder: Path) -> BaseSettings:
    """The settings of a service as its process would read them."""
    given = environment(overlay("large"), process) | {"IDENTITY_SIGNING_KEYS_FILE": "/run/secrets/signing_keys"}
    given = {name: value.replace("/run/secrets", str(folder)) for name, value in given.items()}
    settings: BaseSettings = import_module(f"services.{service}.__main__").SERVICE.read_settings(given)
    return settings


@pytest.mark.parametrize("service", SERVICES)
def test_every_process_starts_with_the_settings_it_finds(service: str, folder: Path) -> None:
    resources = overlay("large")
    for role in ("web", "worker"):
        settings = read(service, process_of(pods(resources)[f"{service}-{role}"]), folder)
        assert f"//{service}:" in settings.database_url
    schema, _ = containers(pods(resources)[f"{service}-web"])
    assert schema["command"][-2:] == ["deploy.database.await_schema", service]
    given = environment(resources, process_of(pods(resources)["gateway"]))
    given = {name: value.replace("/run/secrets", str(folder)) for name, value in given.items()}
    assert read_settings(GatewaySettings, given, prefix="GATEWAY").upstream_urls.keys() == set(SERVICES)


@pytest.mark.parametrize("name", OVERLAYS)
def test_nobody_is_root_or_may_become_it(name: str) -> None:
    for made_by, pod in pods(overlay(name)).items():
        assert pod["spec"]["securityContext"]["runAsNonRoot"], made_by
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, made_by
        assert not pod["spec"]["automountServiceAccountToken"], made_by
        for container in containers(pod):
            context = container["securityContext"]
            assert not context["allowPrivilegeEscalation"], made_by
            assert context["capabilities"] == {"drop": ["ALL"]}, made_by
            # RabbitMQ writes beside its configuration when it starts.
            assert context.get("readOnlyRootFilesystem", made_by == "rabbitmq"), made_by
            assert container["resources"].keys() == {"requests", "limits"}, made_by


@pytest.mark.parametrize("name", OVERLAYS)
def test_no_secret_is_written_here(name: str) -> None:
    assert of_kind(overlay(name), "Secret") == {}
    made = make_secrets().keys()
    for pod in pods(overlay(name)).values():
        for volume in pod["spec"]["volumes"]:
            if secret := volume.get("secret"):
                assert secret["secretName"] == "millenium-potters"
                assert {item["key"] for item in secret["items"]} <= made
                # Of nobody's but the one user who reads them.
                assert secret["defaultMode"] == 0o440


def peers(name: str) -> dict[str, Peer]:
    """The pods of an overlay, and what there is around them."""
    made = {
        made_by: Peer(
            pod["metadata"]["labels"],
            NAMESPACE,
            {
                port["name"]: port["containerPort"]
                for container in containers(pod)
                for port in container.get("ports", ())
            },
        )
        for made_by, pod in pods(overlay(name)).items()
    }
    # As their operators label them: by what they inherit, and by what is always there.
    made.setdefault("postgres", Peer({"part": "postgres", "cnpg.io/cluster": "postgres"}, NAMESPACE, {}))
    made.setdefault("rabbitmq", Peer({"part": "rabbitmq", "app.kubernetes.io/component": "rabbitmq"}, NAMESPACE, {}))
    for around in ("ingress-nginx", "monitoring", "somebody-else", "the internet"):
        made[around] = Peer({}, around, {})
    return made


@pytest.mark.parametrize("name", OVERLAYS)
def test_nobody_reaches_more_than_it_needs(name: str) -> None:
    made = peers(name)
    policies = Policies(of_kind(overlay(name), "NetworkPolicy").values(), NAMESPACE)
    listening = {"gateway": (8080, 9000), "postgres": (5432,), "rabbitmq": (5672,)}
    listening |= {"the internet": (443, 587, 22), "monitoring": (4318,)}
    for index, service in enumerate(SERVICES):
        listening |= {f"{service}-web": (8101 + index,), f"{service}-worker": (9000,)}
    reached = {
        (source, target, port)
        for source in made
        for target, ports in listening.items()
        for port in ports
        if source != target and policies.allow(made[source], made[target], port)
    }
    webs = {f"{service}-web": 8101 + index for index, service in enumerate(SERVICES)}
    services = {*webs, *(f"{service}-worker" for service in SERVICES)}
    commands = {"prepare", "close-day", "operator"}
    expected = {(source, "postgres", 5432) for source in services | commands}
    expected |= {(source, "rabbitmq", 5672) for source in services | commands | {"gateway"}}
    expected |= {(source, "identity-web", 8101) for source in services | commands if source != "identity-web"}
    expected |= {("gateway", web, port) for web, port in webs.items()} | {("ingress-nginx", "gateway", 8080)}
    expected |= {(source, "the internet", port) for source in services | commands | {"gateway"} for port in (443, 587)}
    expected |= {("monitoring", web, port) for web, port in webs.items()} | {("monitoring", "gateway", 9000)}
    expected |= {("monitoring", f"{service}-worker", 9000) for service in SERVICES}
    expected |= {(source, "monitoring", 4318) for source in services | {"gateway"}}
    if name == "large":
        # The API of Kubernetes, whose address no policy can know, and the store of backups.
        expected |= {(cluster, "the internet", 443) for cluster in ("postgres", "rabbitmq")}
    assert {entry for entry in reached if NAMESPACE in (made[entry[0]].namespace, made[entry[1]].namespace)} == expected


def test_a_drain_takes_one_process_of_a_part_at_a_time() -> None:
    budgets = of_kind(overlay("base"), "PodDisruptionBudget")
    assert budgets.keys() == set(OURS)
    for part, budget in budgets.items():
        assert budget["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": {"part": part}}}


def test_processes_follow_the_work_and_leave_the_database_enough_connections() -> None:
    scaled = of_kind(overlay("large"), "HorizontalPodAutoscaler")
    assert scaled.keys() == set(OURS)
    most = {part: scaler["spec"]["maxReplicas"] for part, scaler in scaled.items()}
    for part, scaler in scaled.items():
        assert scaler["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": part}
        if part.endswith("-worker"):
            metric = scaler["spec"]["metrics"][0]["external"]["metric"]
            queue = f"mp.{part.removesuffix('-worker')}"
            assert metric == {"name": "mp_queue_messages", "selector": {"matchLabels": {"queue": queue}}}
    for service in SERVICES:
        parts = import_module(f"services.{service}.__main__").SERVICE
        connections = parts.settings.__dataclass_fields__["database_connections"].default
        # Writes, reads, two for searches, one for the probe; and of a worker those of its loops, timers and readings.
        web, worker = 2 * connections + 3, 10
        assert most[f"{service}-web"] * web + most[f"{service}-worker"] * worker <= CONNECTION_LIMIT, service
    (cluster,) = of_kind(overlay("large"), "Cluster").values()
    assert int(cluster["spec"]["postgresql"]["parameters"]["max_connections"]) > CONNECTION_LIMIT * len(SERVICES)


def test_the_database_has_the_settings_of_compose() -> None:
    given = process_of(pods(overlay("small"))["postgres"])
    settings = dict(argument.removeprefix("-c").split("=", 1) for argument in given["args"][1:])
    assert settings.items() <= SETTINGS.items()
    assert settings.keys() == SETTINGS.keys() - {"checkpoint_completion_target", "timezone", "log_timezone"}
    assert set(LOCALE) <= set(environment((), given)["POSTGRES_INITDB_ARGS"].split())
    (cluster,) = of_kind(overlay("large"), "Cluster").values()
    spec = cluster["spec"]
    initdb = spec["bootstrap"]["initdb"]
    assert {f"--{_dashed(name)}={value}" for name, value in initdb.items()} == set(LOCALE)
    larger = {"shared_buffers", "effective_cache_size", "maintenance_work_mem", "max_connections", "max_wal_size"}
    parameters = spec["postgresql"]["parameters"]
    assert {name for name in parameters if parameters[name] != SETTINGS[name]} == larger
    assert spec["postgresql"]["shared_preload_libraries"] == [SETTINGS["shared_preload_libraries"]]
    # The Service by whose name the URLs of `make secrets` find the first instance, and two copies of what was answered.
    assert spec["managed"]["services"]["additional"][0]["serviceTemplate"]["metadata"]["name"] == "postgres"
    assert spec["postgresql"]["synchronous"]["number"] == spec["instances"] - 2 == 1


def _dashed(name: str) -> str:
    return re.sub(r"(?=[A-Z])", "-", name).lower()


def test_the_broker_has_the_users_and_settings_of_compose() -> None:
    ours = (ROOT / "deploy/broker/rabbitmq.conf").read_text()
    assert (ROOT / "deploy/kubernetes/small/rabbitmq.conf").read_text() == ours
    (cluster,) = of_kind(overlay("large"), "RabbitmqCluster").values()
    spec, pod = cluster["spec"], cluster["spec"]["override"]["statefulSet"]["spec"]["template"]["spec"]
    assert spec["replicas"] % 2 == 1
    lines = set(spec["rabbitmq"]["additionalConfig"].splitlines())
    folder = pod["containers"][0]["volumeMounts"][0]["mountPath"]
    (item,) = pod["volumes"][0]["secret"]["items"]
    assert item["key"] == "broker_definitions"
    assert f"load_definitions = {folder}/{item['path']}" in lines
    assert {line for line in ours.splitlines() if line.startswith("consumer_timeout")} <= lines


def test_what_lasts_in_compose_lasts_here() -> None:
    assert set(OURS) | {"postgres", "rabbitmq"} == set(LASTING) - ELSEWHERE


def test_the_overlay_of_the_documentation_is_one(tmp_path: Path) -> None:
    (example, *_) = re.findall(r"```yaml\n(.+?)```", (ROOT / "docs/kubernetes.md").read_text(), flags=re.DOTALL)
    ours = os.path.relpath(ROOT / "deploy/kubernetes/small", tmp_path.resolve())
    made = re.sub(r"resources: \[.+\]", f"resources: [{ours}]", example)
    assert made != example
    (tmp_path / "kustomization.yaml").write_text(made)
    resources = rendered(tmp_path)
    process = process_of(pods(resources)["payments-web"])
    assert process["image"] == "registry.example.org/millenium-potters:1.0.0"
    given = environment(resources, process)
    assert (given["ADMIN_EMAIL"], given["ENVIRONMENT"]) == ("ada@example.org", "production")
    (ingress,) = of_kind(resources, "Ingress").values()
    assert ingress["spec"]["rules"][0]["host"] == "potters.example.org"
