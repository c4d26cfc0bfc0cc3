"""The only place that wires the gateway together."""

from flask import Flask

from gateway.application import Door
from gateway.authority.maintenance import Maintenance
from gateway.authority.sessions import Authority
from gateway.documentation.path_templates import Templates
from gateway.events.feed import Feed
from gateway.events.followers import Followers
from gateway.limits.rate_limits import Limits
from gateway.metrics import beside_metrics
from gateway.pages.app import create_pages
from gateway.proxy import Proxy
from gateway.settings import Settings
from gateway.upstreams.catalogue import Catalogue
from gateway.upstreams.client import Upstream
from gateway.upstreams.identity import Identity
from shared import error_reports
from shared.messaging.signatures import EventKeys
from shared.tokens import TokenVerifier


def create_app(settings: Settings) -> Flask:
    """The gateway as a WSGI app; to be made in the process that serves it, once gevent has patched what it patches.

    It begins to listen to the bus and to look for the services at once, in background threads (greenlets under gevent).
    """
    error_reports.start(settings.sentry_dsn, service="gateway", environment=settings.environment)
    upstreams = {
        name: Upstream(name, url, settings.read_seconds, settings.away_seconds, settings.reads_at_once)
        for name, url in settings.upstream_urls.items()
    }
    identity = Identity(upstreams["identity"], settings.internal_secret)
    authority = Authority(identity)
    maintenance = Maintenance(identity, authority)
    limits = Limits(settings.quotas, identity)
    followers = Followers()
    catalogue = Catalogue(upstreams, followers.learn, settings.platform)
    feed = Feed(settings.broker_url, EventKeys.from_text(settings.event_keys), authority, maintenance, followers)
    verifier = TokenVerifier(settings.jwks_url)
    proxy = Proxy(
        upstreams,
        verifier,
        authority,
        maintenance,
        limits,
        followers,
        settings.followers_seconds,
        settings.max_file_size,
        settings.internal_secret,
    )
    app = create_pages(settings, catalogue)
    door = beside_metrics(Door(app.wsgi_app, proxy, Templates(catalogue), settings), settings.metrics_bind)
    app.wsgi_app = door  # type: ignore[method-assign, assignment]  # Flask's own place for what stands before it
    feed.start()
    catalogue.start()
    limits.start()
    return app
