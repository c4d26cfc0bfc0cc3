"""`python -m deploy.database.carry_over [--end]`: gives notifications what identity kept of mail in the release before.

To be run after the migrations and before notifications starts, for the database of ADMIN_DATABASE_URL, which may be
given as ..._FILE. Harmless to repeat: what is done is done in one transaction, so it has happened completely or not at
all. Processes of the release before may still run meanwhile; once none of them does, `--end` gives notifications what
happened in between. See docs/decisions/33-notifications.md.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import IsolationLevel, sql
from sqlalchemy import Table

from deploy.database.provision import DATABASE, SERVICES
from services.notifications.consumers import handlers
from services.notifications.models import Base
from shared.directory.tables import directory_member, directory_staff, directory_union, revoked_session
from shared.institution import institution_settings
from shared.messaging.inbox import inbox
from shared.settings import BadSettings, read_settings

# As long as each link was good for in the release before, which did not write down when it expires.
_LIFETIME = "CASE template WHEN 'password_reset' THEN 60 WHEN 'magic_link' THEN 15 WHEN 'invitation' THEN 4320 END"
_EXPIRES = f"created_at + make_interval(mins => {_LIFETIME})"
# Tables that have the same columns there, by who has them. What identity knows of its own staff lending has in the form
# of the directory.
_COPIED: Mapping[str, Sequence[Table]] = {
    "identity": (
        *(Base.metadata.tables[name] for name in ("email_setting", "email_template", "loan_dues", "loan_type_name")),
        directory_union,
        directory_member,
        inbox,
    ),
    "lending": (directory_staff, revoked_session, institution_settings),
}
# Of identity's own events lending has handled those that the directory of staff is made of.
_HANDLED_BY_LENDING = """
INSERT INTO notifications.inbox (event_id, handled_at)
SELECT event_id, handled_at FROM lending.inbox JOIN identity.outbox ON id = event_id ON CONFLICT DO NOTHING
"""

# Mails that the release before still queues go to notifications; for its own worker they are done with. What becomes of
# mails that its worker was sending is written down at notifications too. Settings that it changes are changed there.
_BRIDGE = f"""
CREATE FUNCTION notifications.take_mail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifications AS $$
BEGIN
    INSERT INTO mail (id, template, recipient, variables, sealed_link, dedupe, expires_at)
    VALUES (NEW.id, NEW.template, NEW.recipient, NEW.variables, NEW.sealed_link, NEW.dedupe,
            now() + make_interval(mins => {_LIFETIME.replace("template", "NEW.template", 1)}))
    ON CONFLICT DO NOTHING;
    NEW.status := 'SKIPPED'; NEW.variables := '{{}}'; NEW.sealed_link := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER given_away BEFORE INSERT ON identity.mail
FOR EACH ROW EXECUTE FUNCTION notifications.take_mail();

CREATE FUNCTION notifications.take_outcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifications AS $$
BEGIN
    UPDATE mail SET status = NEW.status, error = NEW.error, subject = NEW.subject, content = NEW.content,
        finished_at = NEW.finished_at, variables = NEW.variables, sealed_link = NEW.sealed_link,
        next_try_at = CASE WHEN NEW.next_try_at = 'infinity' THEN next_try_at ELSE NEW.next_try_at END
    WHERE id = NEW.id AND status = 'PENDING';
    NEW.next_try_at := 'infinity';
    RETURN NEW;
END $$;
CREATE TRIGGER outcome_given_away BEFORE UPDATE ON identity.mail
FOR EACH ROW EXECUTE FUNCTION notifications.take_outcome();

CREATE FUNCTION notifications.take_setting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifications AS $$
BEGIN
    INSERT INTO email_setting SELECT (jsonb_populate_record(NULL::email_setting, to_jsonb(NEW))).*
    ON CONFLICT (id) DO UPDATE SET (smtp_host, smtp_port, smtp_username, smtp_password, smtp_encryption, from_email,
        from_name, enabled, updated_at) = (excluded.smtp_host, excluded.smtp_port, excluded.smtp_username,
        excluded.smtp_password, excluded.smtp_encryption, excluded.from_email, excluded.from_name, excluded.enabled,
        excluded.updated_at);
    RETURN NULL;
END $$;
CREATE TRIGGER given_away AFTER UPDATE ON identity.email_setting
FOR EACH ROW EXECUTE FUNCTION notifications.take_setting();

CREATE FUNCTION notifications.take_template() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = notifications AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM email_template WHERE key = OLD.key;
    ELSE
        INSERT INTO email_template SELECT (jsonb_populate_record(NULL::email_template, to_jsonb(NEW))).*
        ON CONFLICT (key) DO UPDATE SET (subject, content, email_enabled, sms_enabled, updated_at) =
            (excluded.subject, excluded.content, excluded.email_enabled, excluded.sms_enabled, excluded.updated_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER given_away AFTER INSERT OR UPDATE OR DELETE ON identity.email_template
FOR EACH ROW EXECUTE FUNCTION notifications.take_template();
"""
_LOCK = """
LOCK TABLE notifications.carry_over, identity.mail, identity.email_setting, identity.email_template
IN SHARE ROW EXCLUSIVE MODE
"""
_FUNCTIONS = ("take_mail", "take_outcome", "take_setting", "take_template")
# A worker of the release before writes down what became of those it is sending; it takes up no other.
_IN_FLIGHT = "status = 'PENDING' AND attempts > 0 AND next_try_at > now()"
_LEAVE_IN_FLIGHT = (
    f"DELETE FROM identity.mail WHERE NOT ({_IN_FLIGHT})",
    "UPDATE identity.mail SET next_try_at = 'infinity'",
)

# Events that identity, and of its own events lending, had not handled; no follower is longer behind than this.
_MISSED = """
INSERT INTO notifications.deferred_event (event_id, body, tries, error, next_try_at)
SELECT id, body, 0, 'published before notifications followed it', now() FROM {outbox} AS outbox
WHERE type = ANY(%(types)s) AND created_at > %(since)s
  AND NOT EXISTS (SELECT FROM notifications.inbox WHERE event_id = outbox.id)
ON CONFLICT DO NOTHING
"""
_SINCE = """
SELECT greatest(coalesce(min(created_at), now()) - interval '10 minutes', now() - interval '3 days')
FROM (SELECT event_id FROM identity.inbox ORDER BY handled_at DESC LIMIT 200) AS last
JOIN ({outboxes}) AS outbox ON outbox.id = last.event_id
"""


def carry_over(admin_url: str, database: str = DATABASE, *, is_end: bool = False) -> bool:
    """Give notifications what identity kept of mail, unless that was done; returns whether something was to be done.

    `admin_url` is a superuser's. With `is_end` no process of the release before runs any more, and this is the end of
    it; without, it may have to be done once more.
    """
    with psycopg.connect(admin_url, dbname=database) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        # What is seen is as of the first query after the locks: nobody is half-way through a mail, a setting or a
        # template then, and the triggers see whatever comes later.
        connection.execute(_LOCK)
        row = connection.execute("SELECT since, is_over FROM notifications.carry_over").fetchone()
        if row is None:
            since = _since(connection)
            _give(connection)
            connection.execute(
                "INSERT INTO notifications.carry_over (id, since, is_over) VALUES (1, %s, %s)", (since, is_end)
            )
        elif row[1]:
            return False
        else:
            since = row[0]
            connection.execute("UPDATE notifications.carry_over SET is_over = %s", (is_end,))
        for service in SERVICES:
            missed = sql.SQL(_MISSED).format(outbox=sql.Identifier(service, "outbox"))
            connection.execute(missed, {"types": list(handlers.event_types), "since": since})
    return True


def _since(connection: psycopg.Connection) -> object:
    """From when on events may not have been handled by identity."""
    outboxes = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT id, created_at FROM {}").format(sql.Identifier(service, "outbox")) for service in SERVICES
    )
    found = connection.execute(sql.SQL(_SINCE).format(outboxes=outboxes)).fetchone()
    return found and found[0]


def _give(connection: psycopg.Connection) -> None:
    for source, tables in _COPIED.items():
        for table in tables:
            _copy(connection, source, table, {})
    _copy(connection, "identity", Base.metadata.tables["mail"], {"expires_at": sql.SQL(_EXPIRES)})
    connection.execute(_HANDLED_BY_LENDING)
    for statement in _LEAVE_IN_FLIGHT:
        connection.execute(statement)
    connection.execute(_BRIDGE)
    for name in _FUNCTIONS:
        function = sql.Identifier("notifications", name)
        connection.execute(sql.SQL("ALTER FUNCTION {}() OWNER TO notifications_owner").format(function))
        connection.execute(sql.SQL("REVOKE ALL ON FUNCTION {}() FROM PUBLIC").format(function))


def _copy(connection: psycopg.Connection, source: str, table: Table, computed: Mapping[str, sql.Composable]) -> None:
    """Copy a table of another service; `computed` has the columns that it lacks there, as SQL."""
    columns = {column.name: computed.get(column.name, sql.Identifier(column.name)) for column in table.columns}
    copy = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
        sql.Identifier("notifications", table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(columns.values()),
        sql.Identifier(source, table.name),
    )
    connection.execute(copy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `main` reads from the environment."""

    admin_database_url: str = field(repr=False)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.database.carry_over", description=__doc__)
    parser.add_argument("--end", action="store_true", help="no process of the release before runs any more")
    options = parser.parse_args(arguments)
    try:
        settings = read_settings(Settings, os.environ, prefix="PROVISION")
        is_done = carry_over(settings.admin_database_url, is_end=options.end)
    except (BadSettings, psycopg.Error) as error:
        sys.exit(f"What identity kept of mail could not be given to notifications: {error}")
    print("Notifications has what identity kept of mail." if is_done else "There was nothing to carry over.")


if __name__ == "__main__":
    main()
