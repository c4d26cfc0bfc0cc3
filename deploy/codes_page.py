"""`python -m deploy.codes_page`: writes docs/codes.md from the error classes."""

from pathlib import Path

from deploy.api_document import api_document

PAGE = Path(__file__).resolve().parents[1] / "docs" / "codes.md"
_INTRODUCTION = """\
# Codes of failures

Made by `make codes` from the error classes, whose docstrings are the meanings; do not edit.

Every failure is `{"success": false, "message", "code", "errors"?, "requestId"?}`. Programs go by `code`: it stays as it
is, while a message may change its wording. Codes may be added, so one that a program does not know is judged by its
status. Which codes a route can answer with stands at the route in the API document (`/api/docs`), under `x-codes`; what
clients do about a status is the same whatever the code: 401 sign in again, 429 and 503 wait for `Retry-After` seconds,
504 ask whether the work was done (or send it again under its `Idempotency-Key`).

| code | status | meaning |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    codes = api_document()["x-codes"].items()
    rows = [f"| `{code}` | {words['status']} | {words['meaning'].replace('|', '/')} |" for code, words in codes]
    return _INTRODUCTION + "\n".join(rows) + "\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Wrote {PAGE}.")


if __name__ == "__main__":
    main()
