from services.notifications.__main__ import SERVICE
from shared import migrations
from shared.settings import BaseSettings


def test_the_tables_in_the_database_are_those_in_the_code(settings: BaseSettings) -> None:
    migrations.check(SERVICE.folder / "migrations", settings.database_url)
