from services.identity.__main__ import SERVICE
from shared import migrations


def test_the_tables_in_the_database_are_those_in_the_code(settings):
    migrations.check(SERVICE.folder / "migrations", settings.database_url)
