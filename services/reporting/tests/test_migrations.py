from services.reporting.__main__ import SERVICE
from shared import migrations


def test_the_migrations_make_the_tables_of_the_code(settings):
    migrations.check(SERVICE.folder / "migrations", settings.database_url)
