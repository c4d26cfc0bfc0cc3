"""The WSGI application: every request comes in here, and every response leaves with the headers that all carry."""

from collections.abc import Callable, Iterable
from typing import Any

from gateway.admission import Admission
from gateway.authority.csrf import CookieGuard
from gateway.documentation.path_templates import PathTemplates
from gateway.methods import ALLOWED
from gateway.pages.app import ADDRESS_KEY, REQUEST_KEY, ROUTE_KEY
from gateway.proxy import Proxy
from gateway.requests.bodies import discard_rest
from gateway.requests.clients import networks
from gateway.requests.context import RequestContext
from gateway.requests.media_types import canonical_type
from gateway.requests.paths import API, canonical_path
from gateway.responses.compression import compress
from gateway.responses.cors import Cors
from gateway.responses.headers import passed_back, with_security
from gateway.responses.problems import BadRequest, MethodNotAllowed, Refusal, problem
from gateway.responses.response import Response
from gateway.responses.revalidation import revalidate
from gateway.routes import PUBLIC_FILES, find_route
from gateway.settings import Settings
from gateway.stream import PATH as STREAM
from gateway.stream import LiveChanges
from shared import error_reports
from shared.telemetry import log
from shared.wording import not_allowed

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class UnknownHost(BadRequest):
    """The request was meant for somebody else."""


class HostMissing(BadRequest):
    """Not HTTP/1.1, which it says it is: whoever stands between us may take it for another host's."""


class Application:
    """Answers what belongs to a service through the proxy, which costs half a Flask view, and all else by `pages`."""

    def __init__(
        self,
        pages: Wsgi,
        admission: Admission,
        proxy: Proxy,
        live: LiveChanges,
        templates: PathTemplates,
        settings: Settings,
    ) -> None:
        self._pages = pages
        self._admission = admission
        self._proxy = proxy
        self._live = live
        self._templates = templates
        self._cors = Cors(settings.allowed_origins)
        self._cookies = CookieGuard(settings.allowed_origins)
        self._hosts = frozenset(settings.allowed_hosts)
        self._behind_tls = settings.behind_tls is True
        self._trusted_proxies = networks(settings.trusted_proxies)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        context = RequestContext(environ, self._trusted_proxies)
        try:
            response = self._answer(context)
        except Refusal as refusal:
            if refusal.status >= 500:
                log.warning("request_refused", request_id=context.request_id, error=repr(refusal.__cause__ or refusal))
            members = {**refusal.members, "requestId": context.request_id}
            response = problem(refusal.status, refusal.message, refusal.code, refusal.headers, **members)
        except Exception as error:  # noqa: BLE001 - the last resort: logged in full, answered in general
            log.error("request_failed", request_id=context.request_id, exc_info=error)
            error_reports.report(error, request_id=context.request_id)
            message = "Something went wrong on our side. Please try again later."
            response = problem(500, message, "internal-error", requestId=context.request_id)
        revalidate(response, environ, environ["PATH_INFO"])
        compress(response, environ, environ["PATH_INFO"])
        context.record(response.status)
        headers = with_security(response.headers, behind_tls=self._behind_tls)
        headers += self._cors.headers(environ, for_everybody=context.route.startswith(API + PUBLIC_FILES))
        headers += [*context.headers, ("X-Request-Id", context.request_id)]
        if not discard_rest(environ):
            headers.append(("Connection", "close"))
        start_response(response.status_line, headers)
        return [response.body] if isinstance(response.body, bytes) else response.body

    def _answer(self, context: RequestContext) -> Response:
        environ = context.environ
        # Nothing below sees another spelling: limits, caps, refusals, logs and services all go by these.
        environ["PATH_INFO"] = path = canonical_path(environ["PATH_INFO"])
        if "CONTENT_TYPE" in environ:
            environ["CONTENT_TYPE"] = canonical_type(environ["CONTENT_TYPE"])
        self._check_host(environ)
        if context.method == "OPTIONS":
            return self._cors.preflight(environ)
        if path.startswith(API + "/"):
            self._admission.check_maintenance(context, path[len(API) :])
        if path == API + STREAM:
            return self._live.answer(context)
        route = find_route(path[len(API) :]) if path.startswith(API + "/") else None
        if route is None:
            return self._page(context)
        context.route = self._templates.of(path) or route.template
        if context.method not in ALLOWED:
            raise MethodNotAllowed(
                not_allowed(context.method, context.address), headers=[("Allow", ", ".join(ALLOWED))]
            )
        self._cookies.check(environ, context.method, path[len(API) :])
        return self._proxy.forward(context, route, path[len(API) :])

    def _check_host(self, environ: dict[str, Any]) -> None:
        if "HTTP_HOST" not in environ and environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            raise HostMissing("The request does not say which host it is for")
        host = environ.get("HTTP_HOST", "")
        if self._hosts and host.rpartition(":")[0] not in self._hosts and host not in self._hosts:
            raise UnknownHost("This host is not served here.")

    def _page(self, context: RequestContext) -> Response:
        response = Response(500, [])

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            response.status, response.headers = int(status[:3]), passed_back(headers)

        context.environ |= {ADDRESS_KEY: context.address, REQUEST_KEY: context.request_id}
        pieces = self._pages(context.environ, start_response)
        try:
            response.body = b"".join(pieces)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        context.route = context.environ.get(ROUTE_KEY, context.route)
        return response
