"""A process that comes up beside the migrations waits until they are where its code is."""

import subprocess
import sys
from pathlib import Path

from alembic import command

from deploy.database.await_schema import is_as_expected
from shared import migrations
from shared.testing import as_superuser, temporary_database

ROOT = Path(__file__).resolve().parents[2]


def test_a_service_waits_for_its_migrations_and_not_for_its_own_only(postgres_admin_url: str) -> None:
    folder = ROOT / "services/notifications/migrations"
    with temporary_database(postgres_admin_url, "notifications") as urls:
        running, owner = urls["notifications"].running, urls["notifications"].owner
        assert not is_as_expected("notifications", running)
        waiting = subprocess.Popen(
            [sys.executable, "-m", "deploy.database.await_schema", "notifications"],
            env={"NOTIFICATIONS_DATABASE_URL": running},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert waiting.stdout is not None
        assert "notifications waits for its database" in waiting.stdout.readline()
        command.upgrade(migrations.config(folder, owner), "+1")
        assert not is_as_expected("notifications", running)
        migrations.upgrade(folder, owner)
        assert not is_as_expected("notifications", running), "nothing was carried over yet"
        with as_superuser(postgres_admin_url, running) as admin:
            admin.execute("INSERT INTO notifications.carry_over (id, since, is_over) VALUES (1, now(), true)")
            assert is_as_expected("notifications", running)
            assert waiting.wait(10) == 0
            admin.execute("UPDATE notifications.alembic_version SET version_num = 'of_a_later_release'")
            assert is_as_expected("notifications", running), "the release before works with it, too"


def test_a_service_without_its_setting_does_not_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.database.await_schema", "payments"],
        env={},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "payments: PAYMENTS_DATABASE_URL is missing"
