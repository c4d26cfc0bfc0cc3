"""Identity's rows of a file of the replaced system: accounts, settings, notes about staff, and the sign-in history."""

import re
from collections.abc import Iterator
from typing import Any

from services.identity.credentials.passwords import NO_PASSWORD
from shared.context import Role
from shared.takeover.book import Book
from shared.takeover.part import Rows
from shared.takeover.records import Record

OWNED = ("users", "companySettings", "userNotes", "userLoginHistory")
# Some of it still calls supervisors by a name from before.
_ROLES = {role.value: role.value for role in Role} | {"BRANCH_MANAGER": Role.SUPERVISOR.value}
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_SETTINGS = {
    "name": "name", "email": "email", "phone": "phone", "address": "address", "currency": "currency",
    "currency_symbol": "currencySymbol", "date_format": "dateFormat", "time_format": "timeFormat",
    "timezone": "timezone", "invoice_prefix": "invoicePrefix", "expense_prefix": "expensePrefix",
}  # fmt: skip


def make_rows(book: Book) -> Rows:
    """The rows of a file. Raises Unreadable."""
    rows = Rows(OWNED)
    rows.add("user_account", _users(book))
    rows.add("company_setting", _settings(book))
    rows.add("user_note", _notes(book))
    rows.add("sign_in", _sign_ins(book))
    return rows


def _users(book: Book) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for user in book.records("users"):
        email, deleted_at = user.text("email").strip().lower(), user.maybe_moment("deletedAt")
        if not deleted_at and email in taken:
            book.find("users", "another account has their address: they are deleted")
            deleted_at = user.moment("updatedAt")
        if not deleted_at:
            taken.add(email)
        supervisor_id = user.maybe_ref("supervisorId")
        yield {
            "id": user.id,
            "email": email,
            "password_hash": _password_hash(book, user),
            "first_name": user.maybe_text("firstName"),
            "last_name": user.maybe_text("lastName"),
            "phone": user.maybe_text("phone"),
            "address": user.maybe_text("address"),
            "profile_image": web_address(user.maybe_text("profileImage")),
            "role": user.choice("role", _ROLES),
            "supervisor_id": supervisor_id if supervisor_id in book.user_ids else None,
            "is_active": user.flag("isActive", otherwise=True),
            "login_count": user.count("loginCount", 0),
            "last_login_at": user.maybe_moment("lastLoginAt"),
            "last_activity_at": user.maybe_moment("lastActivityAt"),
            "version": 1,
            "created_at": user.moment("createdAt"),
            "updated_at": user.moment("updatedAt"),
            "deleted_at": deleted_at,
        }


def _password_hash(book: Book, user: Record) -> str:
    found = user.maybe_text("passwordHash") or user.maybe_text("password") or ""
    if _BCRYPT.fullmatch(found):
        return found
    if not user.is_deleted:
        book.find("users", "their password is not in the file: they need a link to choose one")
    return NO_PASSWORD


def web_address(found: str | None) -> str | None:
    """The address of a picture that anybody can fetch; files of the replaced system's own disk are in no backup."""
    return found if found and found.startswith("https://") else None


def _settings(book: Book) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(book.records("companySettings")):
        if number:
            book.find("companySettings", "there are settings before them")
            continue
        given = {column: row.maybe_text(name) for column, name in _SETTINGS.items()}
        moments = {"created_at": row.moment("createdAt"), "updated_at": row.moment("updatedAt")}
        # What has no value there is as in a new installation.
        yield {"id": "default", "version": 1, **moments, **{name: value for name, value in given.items() if value}}


def _notes(book: Book) -> Iterator[dict[str, Any]]:
    for note in book.having("userNotes", lambda one: _people(one) <= book.user_ids, "who they name is not in the file"):
        yield {
            "id": note.id,
            "user_id": note.ref("userId"),
            "created_by": note.ref("createdByUserId"),
            "title": note.text("title"),
            "content": note.text("content"),
            "category": note.text("category", "general"),
            "is_private": note.flag("isPrivate"),
            "created_at": note.moment("createdAt"),
            "updated_at": note.moment("updatedAt"),
        }


def _people(note: Record) -> set[Any]:
    return {note.ref("userId"), note.ref("createdByUserId")}


def _sign_ins(book: Book) -> Iterator[dict[str, Any]]:
    section = "userLoginHistory"
    for one in book.having(section, lambda one: one.ref("userId") in book.user_ids, "their account is not in the file"):
        succeeded = one.flag("success", otherwise=True)
        yield {
            "id": one.id,
            "user_id": one.ref("userId"),
            "happened_at": one.moment("loginAt"),
            "ip_address": one.maybe_text("ipAddress"),
            "user_agent": one.maybe_text("userAgent"),
            "failure": None if succeeded else one.text("failureReason", "unknown"),
        }
