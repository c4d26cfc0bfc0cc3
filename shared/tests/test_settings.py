from dataclasses import dataclass

import pytest

from shared.settings import BadSettings, read_settings


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str
    web_threads: int = 4
    debug: bool = False
    origins: tuple[str, ...] = ()


def test_a_service_setting_wins_over_the_common_one():
    environ = {"LENDING_DATABASE_URL": "own", "DATABASE_URL": "common", "WEB_THREADS": "8", "ORIGINS": "a, b"}
    settings = read_settings(Settings, environ, "LENDING")
    assert settings == Settings(database_url="own", web_threads=8, origins=("a", "b"))


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "url").write_text("secret\n")
    settings = read_settings(Settings, {"DATABASE_URL_FILE": str(tmp_path / "url")}, "LENDING")
    assert settings.database_url == "secret"


def test_every_fault_is_named_at_once(tmp_path):
    with pytest.raises(BadSettings) as caught:
        read_settings(Settings, {"WEB_THREADS": "many", "DEBUG": "perhaps"}, "LENDING")
    for name in ("DATABASE_URL", "WEB_THREADS", "DEBUG"):
        assert f"LENDING_{name}" in str(caught.value)
