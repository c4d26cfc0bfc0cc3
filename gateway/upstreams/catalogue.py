"""What the services say about themselves: whether they are ready, their documents, and which events they follow."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from gateway.responses.problems import Refusal
from gateway.upstreams.client import Upstream
from shared.telemetry import log

DOCUMENTS = ("openapi", "asyncapi")
STEADY_SECONDS, EAGER_SECONDS = 5.0, 0.5
# A service that was replaced by a newer one may answer more, or follow other events.
REFETCH_SECONDS = 60.0


class Catalogue:
    """Asks every service in the background: every half second until all are ready, then every five seconds.

    `learn` is called with a service and the event types it follows, each time they were fetched. `revision` grows with
    each fetch, so that what is made of the documents can be kept until then. A service counts as ready only if it names
    the same `platform`; with an empty one that is not checked.
    """

    def __init__(
        self, upstreams: Mapping[str, Upstream], learn: Callable[[str, list[str]], None], platform: str = ""
    ) -> None:
        self._upstreams, self._platform = upstreams, platform
        self._learn = learn
        self._ready = dict.fromkeys(upstreams, False)
        self._documents: dict[str, dict[str, Any]] = {name: {} for name in DOCUMENTS}
        self._fetched_at: dict[str, float] = {}
        self.revision = 0
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin asking, from a thread of its own."""
        threading.Thread(target=self._run, name="catalogue", daemon=True).start()

    def stop(self) -> None:
        """Stop asking, at the end of the present pause."""
        self._stopping.set()

    @property
    def ready(self) -> Mapping[str, bool]:
        """By service, whether it was ready when it was last asked."""
        return self._ready

    def documents(self, name: str) -> Mapping[str, Any]:
        """The OpenAPI ("openapi") or AsyncAPI ("asyncapi") document of each service that has answered so far."""
        return self._documents[name]

    def _run(self) -> None:
        while True:
            complete = all([self._ask(name, upstream) for name, upstream in self._upstreams.items()])
            if self._stopping.wait(STEADY_SECONDS if complete else EAGER_SECONDS):
                return

    def _ask(self, name: str, upstream: Upstream) -> bool:
        was_ready, trouble = self._ready[name], ""
        try:
            upstream.check_ready(self._platform)
            if time.monotonic() - self._fetched_at.get(name, float("-inf")) > REFETCH_SECONDS:
                self._fetch(name, upstream)
        except Refusal as refusal:
            trouble = refusal.message
        self._ready[name] = not trouble
        if was_ready != self._ready[name]:
            log.info("service_ready" if not trouble else "service_not_ready", service_name=name, error=trouble)
        return not trouble

    def _fetch(self, name: str, upstream: Upstream) -> None:
        for kind in DOCUMENTS:
            self._documents[kind][name] = upstream.get_json(f"/{kind}.json")
        self._learn(name, self._documents["asyncapi"][name].get("x-receives", []))
        self._fetched_at[name] = time.monotonic()
        self.revision += 1
