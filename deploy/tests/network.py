"""Who reaches whom by the NetworkPolicies of an overlay, as Kubernetes documents their meaning."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.tests.kustomized import Resource


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod with its labels and named ports, or what has only a namespace."""

    labels: Mapping[str, str]
    namespace: str
    ports: Mapping[str, int]


class Policies:
    """The policies of one namespace."""

    def __init__(self, policies: Iterable[Resource], namespace: str) -> None:
        self._policies, self._namespace = list(policies), namespace

    def allow(self, source: Peer, target: Peer, port: int) -> bool:
        """Whether a connection is let out at its source and in at its target. Who is in no namespace of ours is held by
        no policy of ours."""
        return self._passes("egress", source, target, target, port) and self._passes(
            "ingress", target, source, target, port
        )

    def _passes(self, way: str, held: Peer, other: Peer, target: Peer, port: int) -> bool:
        if held.namespace != self._namespace:
            return True
        policies = [policy["spec"] for policy in self._policies if self._holds(policy["spec"], way, held)]
        assert policies, "nobody is without a policy"
        rules = [rule for policy in policies for rule in policy.get(way, ())]
        peers = "to" if way == "egress" else "from"
        return any(_opens(rule.get("ports"), target, port) and self._names(rule.get(peers), other) for rule in rules)

    @staticmethod
    def _holds(policy: Resource, way: str, held: Peer) -> bool:
        return way.capitalize() in policy["policyTypes"] and _selects(policy["podSelector"], held.labels)

    def _names(self, peers: list[Any] | None, other: Peer) -> bool:
        if peers is None:
            return True
        for peer in peers:
            if "ipBlock" in peer:
                if other.namespace == "the internet":
                    return True
            elif "namespaceSelector" in peer:
                if _selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace}):
                    return True
            elif other.namespace == self._namespace and _selects(peer["podSelector"], other.labels):
                return True
        return False


def _opens(ports: list[Any] | None, target: Peer, port: int) -> bool:
    if ports is None:
        return True
    return any(low <= port <= high for low, high in _ranges(ports, target))


def _ranges(ports: list[Any], target: Peer) -> Iterator[tuple[int, int]]:
    for rule in ports:
        number = target.ports.get(rule["port"], -1) if isinstance(rule["port"], str) else rule["port"]
        yield number, rule.get("endPort", number)


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    for rule in selector.get("matchExpressions", ()):
        assert rule["operator"] == "In"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()
