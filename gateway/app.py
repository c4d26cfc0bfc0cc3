"""The only place that wires the gateway together."""

from flask import Flask

from gateway.authority import Authority
from gateway.catalogue import Catalogue
from gateway.door import Door
from gateway.feed import Feed
from gateway.followers import Followers
from gateway.metrics import beside_metrics
from gateway.pages import create_pages
from gateway.proxy import Proxy
from gateway.settings import Settings
from gateway.upstream import Upstream
from shared.tokens import TokenVerifier


def create_app(settings: Settings) -> Flask:
    """The gateway as a WSGI app; to be made in the process that serves it, once gevent has patched what it patches.

    It begins to listen to the bus and to look for the services at once, in background threads (greenlets under gevent).
    """
    upstreams = {name: Upstream(name, url, settings.read_seconds) for name, url in settings.upstream_urls.items()}
    authority = Authority(upstreams["identity"], settings.internal_secret)
    followers = Followers()
    catalogue = Catalogue(upstreams, followers.learn)
    feed = Feed(settings.broker_url, authority, followers)
    proxy = Proxy(upstreams, TokenVerifier(settings.jwks_url), authority, followers, settings.followers_seconds)
    app = create_pages(settings, catalogue)
    door = beside_metrics(Door(app.wsgi_app, proxy, settings), settings.metrics_bind)
    app.wsgi_app = door  # type: ignore[method-assign, assignment]  # Flask's own place for what stands before it
    feed.start()
    catalogue.start()
    return app
