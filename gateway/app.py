"""The only place that wires the gateway together."""

from flask import Flask

from gateway.admission import Admission
from gateway.application import Application
from gateway.authority.maintenance import Maintenance
from gateway.authority.sessions import Authority
from gateway.documentation.path_templates import PathTemplates
from gateway.events.feed import Feed
from gateway.events.followers import Followers
from gateway.events.streams import Streams
from gateway.limits.rate_limits import RateLimits
from gateway.metrics import with_metrics
from gateway.pages.app import create_pages
from gateway.proxy import Proxy
from gateway.settings import Settings
from gateway.stream import LiveChanges
from gateway.upstreams.catalogue import Catalogue
from gateway.upstreams.client import Upstream
from gateway.upstreams.identity import Identity
from shared import error_reports, tls, tracing
from shared.messaging.signatures import EventKeys
from shared.tokens import TokenVerifier

STREAMS = "streams"
"""Where the worker finds the open streams, among the extensions of the app, to end them when it is to end."""


def create_app(settings: Settings) -> Flask:
    """The gateway as a WSGI app; to be made in the process that serves it, once gevent has patched what it patches.

    It begins at once to follow the bus and to ask the services whether they are ready, in background threads (greenlets
    under gevent).
    """
    error_reports.start(settings.sentry_dsn, service="gateway", environment=settings.environment)
    tracing.configure("gateway", settings.otlp_endpoint, settings.trace_ratio, decides=True)
    tracing.load()
    tls.trust(settings.tls_ca)
    upstreams = {
        name: Upstream(name, url, settings.read_seconds, settings.away_seconds, settings.reads_at_once)
        for name, url in settings.upstream_urls.items()
    }
    identity = Identity(upstreams["identity"], settings.internal_secret)
    authority = Authority(identity)
    maintenance = Maintenance(identity, authority)
    limits = RateLimits(settings.quotas, identity)
    followers = Followers()
    catalogue = Catalogue(upstreams, followers.learn, settings.platform)
    streams = Streams(followers, settings.followers_seconds)
    keys = EventKeys.from_text(settings.event_keys)
    feed = Feed(settings.broker_url, keys, authority, maintenance, followers, streams)
    admission = Admission(TokenVerifier(settings.jwks_url), authority, maintenance, limits)
    proxy = Proxy(
        upstreams,
        admission,
        followers,
        settings.followers_seconds,
        settings.max_file_size,
        settings.internal_secret,
    )
    app = create_pages(settings, catalogue)
    app.extensions[STREAMS] = streams
    live = LiveChanges(admission, upstreams["membership"], streams, settings.beat_seconds)
    application = Application(app.wsgi_app, admission, proxy, live, PathTemplates(catalogue), settings)
    # Where Flask's documentation puts what stands before an app; to the type checker it is a method.
    app.wsgi_app = with_metrics(application, settings.metrics_bind)  # type: ignore[method-assign, assignment]
    streams.start()
    feed.start()
    catalogue.start()
    limits.start()
    return app
