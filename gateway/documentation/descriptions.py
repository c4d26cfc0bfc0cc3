"""The gateway's own part of the API document: its pages, its refusals, and what it adds to responses."""

from collections.abc import Iterator
from typing import Any

from gateway.methods import SAFE
from gateway.responses.problems import Refusal

Document = dict[str, Any]

_DESCRIPTION = """The API of the loan platform: staff, unions and their members, loans, money, and
what is looked back on.

**Envelope.** A success is `{"success": true, "message", "data"}`, with `pagination` where there are pages; a failure is
`{"success": false, "message", "code", "errors"?, "requestId"?}`. `message` is for people and may change its wording;
`code` is for programs and stays. What each code means stands under `x-codes` of this document, and each operation names
those it can answer with. New members may come to any answer: ignore what you do not know.

**Values.** Amounts are in the institution's currency: text with two decimals (`"50000.00"`) where they are stored,
numbers where they are computed. Rates are percentages. Moments are UTC; a day is written as midnight UTC of it where
the replaced system had the route, and bare (`2026-03-11`) on the others: the format of each says which. A day that you
send may be bare everywhere and is a day of the company's time zone.

**Signing in.** `POST /api/auth/login` answers an access token, to be sent as `Authorization: Bearer`. The same answer
sets two cookies for browsers on the same host: see the scheme `cookie`.

**Whose things.** An admin sees everything, a supervisor the teams of their officers, an officer their own unions and
all in them. What is out of scope is answered like what is not there: 404, or left out of a list.

**Asking again.** What is read as JSON carries an `ETag` and may be kept by the reader's own browser, which asks each
time whether it still holds: with `If-None-Match` the answer is 304 without a body while nothing has changed. Who one is
and one's sessions (`/api/auth`) are never kept. Signing out by cookie has the browser forget all of it.

**Once only.** A command that takes an `Idempotency-Key` can be sent again when its answer was lost.
"""
_TAGS = {
    "auth": "Signing in, sessions, passwords",
    "users": "Staff accounts",
    "user-activity": "Sign-ins of staff, and how active they are",
    "notes": "Notes on members of staff",
    "settings": "The institution: its settings, its mail and its pictures",
    "upload-branding": "The logo, for an older page",
    "uploads": "Pictures that everybody may see",
    "unions": "Unions, each with one credit officer",
    "branches": "Unions under the name of older pages",
    "branch-transfers": "Unions that are to go to another credit officer",
    "union-members": "Members of unions",
    "assignment-history": "Who was responsible before",
    "documents": "Papers of members, loans and guarantors, and what kinds there are",
    "loan-types": "Products that loans are made from",
    "loans": "From application to the end of a loan; schedules, charges, settlement",
    "repayments": "Money received, collection sheets, arrears and the portfolio",
    "schedules": "Instalments of all loans",
    "search": "Members, unions and loans by words",
    "audit-logs": "Who did what",
    "analytics": "The figures of unions, side by side",
    "supervisor-reports": "How officers and their portfolios do",
    "stream": "What changes, as it changes",
    "health": "Whether the platform works",
}
_COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "access_token",
    "description": "Set by signing in (`HttpOnly`, `SameSite=Lax`) for browsers on the same host, and looked at where "
    "no bearer token is sent. Because a page of somebody else can make a browser send it, what changes something "
    "(POST, PUT, PATCH, DELETE) must come from a page we know, which its `Origin` header shows (this host, or one of "
    "the configured origins), or carry any `X-Requested-With` header; else it is refused with 403 `foreign-page`. "
    "A second cookie, `refresh_token`, goes to `/api/auth` only.",
}
_HEADERS = {
    "RateLimit-Limit": "How many requests a person, or an address without a sign-in, may make in a quarter of an hour.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until they are counted anew.",
}
# Written by the HTTP server before our code runs, or where a service gives no reason.
_WRITTEN_ELSEWHERE = {
    "upstream-failure": (502, "The service failed without a word; its status is the answer's."),
    "request-header-fields-too-large": (431, "The headers are too long."),
    "uri-too-long": (414, "The address is too long."),
}
_NOT_MODIFIED = {
    "description": "What the asker has, as its `If-None-Match` says, is what would be answered.",
    "headers": {
        "ETag": {"$ref": "#/components/headers/ETag"},
        "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"},
    },
}
_ETAG = {"description": "Names this very answer, for `If-None-Match`.", "schema": {"type": "string", "pattern": '^W/"'}}
# What the HTTP server refuses before our code runs.
_BY_THE_SERVER = (("400", "bad-request"), ("414", "uri-too-long"), ("431", "request-header-fields-too-large"))
# The status by which a service sends the gateway on to another one.
SENT_ON = 421
_ANYWHERE = ("X-Request-Id", *_HEADERS)
_OWN_PAGES = (
    ("health", "get_health", "Whether the platform works, part by part"),
    ("ping", "ping", "Whether the gateway answers"),
    ("test", "test_gateway", "Whether the gateway answers"),
    ("direct-test", "test_gateway_directly", "Whether the gateway answers"),
)


_STREAM_WORDS = """Server-sent events that name what changed, for pages that ask anew when something they show has. They
stay open until the session ends; a browser opens them with `new EventSource("/api/stream")` and its cookie.

- `change`: `{"kind", "id", "how", "unionId"}` of one thing in the scope of who listens, once every service has heard of
  it. `kind` is `loan`, `sheet`, `union`, `member`, `user`, `loanType`, `documentType` or `settings`; payments and
  charges are changes of their `loan`; `how` names what happened, as `repayment.recorded`, and may become more.
- `refresh`: anything may have changed, be it what is in scope: at the beginning, and where something was missed.
- `end`: `{"reason"}`, the last one: `session` when it ended, `replaced` by a newer stream of this person, who has
  three at most, `restart` when the server is about to go. After `restart`, and where a line breaks, open it again.

A line that is quiet carries a comment every 15 seconds. Nothing is kept of what was not heard: where this cannot be
held open, ask from time to time instead. One page should listen for all tabs of a browser, which holds few lines
open."""


def own_document() -> Document:
    """The frame of the merged document: its words, the gateway's own pages, and what it adds to those of services."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Millenium Potters", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": {f"/api/{name}": {"get": _own_page(*page)} for name, *page in _OWN_PAGES}
        | {"/api/stream": {"get": _stream()}},
        "components": {
            "securitySchemes": {"cookie": _COOKIE},
            "headers": {name: {"description": words, "schema": {"type": "integer"}} for name, words in _HEADERS.items()}
            | {"ETag": _ETAG},
            "responses": {"NotModified": _NOT_MODIFIED},
        },
        "x-codes": _codes(),
    }


def for_clients(operation: Document, method: str, *, public: bool, kept: bool) -> Document:
    """An operation of a service as clients see it: with the refusals of the gateway and the headers it adds. `kept`:
    what is read may be kept, and be asked for again."""
    operation = without_sent_on(operation)
    codes = {status: list(names) for status, names in operation.get("x-codes", {}).items()}
    for refusal in _refusals():
        if _can_meet(refusal, method, public=public):
            names = codes.setdefault(str(refusal.status), [])
            names += [refusal.code] if refusal.code not in names else []
    for status, code in _BY_THE_SERVER:
        codes[status] = sorted({*codes.get(status, ()), code})
    responses = dict(operation["responses"])
    for status in codes:
        responses.setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
    for status, response in responses.items():
        if "$ref" not in response:
            added = {name: {"$ref": f"#/components/headers/{name}"} for name in _ANYWHERE}
            responses[status] = response | {"headers": {**response.get("headers", {}), **added}}
    if kept and method.upper() == "GET" and list(responses.get("200", {}).get("content", {})) == ["application/json"]:
        responses["200"]["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
        responses["304"] = {"$ref": "#/components/responses/NotModified"}
    security: list[Document] = [{"bearer": []}, {"cookie": []}] if operation.get("security") else []
    return operation | {
        "responses": dict(sorted(responses.items())),
        "security": security,
        "x-codes": {status: sorted(names) for status, names in sorted(codes.items())},
    }


def without_sent_on(operation: Document) -> Document:
    """An operation without the responses by which services send the gateway on to each other."""
    return operation | {
        part: {status: said for status, said in operation.get(part, {}).items() if status != str(SENT_ON)}
        for part in ("responses", "x-codes")
    }


def _can_meet(refusal: type[Refusal], method: str, *, public: bool) -> bool:
    if refusal.of in ("changes", "bodies"):
        return method.upper() not in SAFE
    return refusal.of == "requests" or (refusal.of == "sign-ins" and not public)


def _codes() -> dict[str, Document]:
    codes = {code: {"status": status, "meaning": words} for code, (status, words) in _WRITTEN_ELSEWHERE.items()}
    for refusal in _refusals():
        codes[refusal.code] = {"status": refusal.status, "meaning": " ".join((refusal.__doc__ or "").split())}
    return codes


def _refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every refusal of the gateway that this process has imported, without the base classes in `problems`."""
    for refusal in kind.__subclasses__():
        if refusal.__module__ != Refusal.__module__:
            yield refusal
        yield from _refusals(refusal)


def _stream() -> Document:
    codes = {status: [code] for status, code in _BY_THE_SERVER}
    for refusal in _refusals():
        if refusal.of in ("requests", "sign-ins", "streams"):
            codes.setdefault(str(refusal.status), []).append(refusal.code)
    heard = {
        "description": "Events, until the session ends.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    refused = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(codes)}
    return {
        "operationId": "follow_changes",
        "tags": ["stream"],
        "summary": "Follow what changes",
        "description": _STREAM_WORDS,
        "security": [{"bearer": []}, {"cookie": []}],
        "responses": {"200": heard, **refused},
        "x-codes": {status: sorted(names) for status, names in sorted(codes.items())},
    }


def _own_page(name: str, summary: str) -> Document:
    answers = {"200": {"description": summary}}
    if name == "get_health":
        answers["503"] = {"description": "Nobody can sign in."}
    return {
        "operationId": name,
        "tags": ["health"],
        "summary": summary,
        "description": "Needs no sign-in, and is never refused for asking often.",
        "security": [],
        "responses": answers,
    }
