"""docs/settings.md names every setting there is, and says what each is for."""

import pytest

from deploy.settings_page import PAGE, Setting, page, sections

ROWS = [pytest.param(row, id=row.name) for _, rows in sections() for row in rows]


@pytest.mark.parametrize("setting", ROWS)
def test_every_setting_has_a_comment_that_says_what_it_is_for(setting: Setting) -> None:
    assert setting.meaning.endswith((".", ";", ")")), f"{setting.name} has no comment above it, or it is no sentence"


def test_the_page_is_what_the_classes_say() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "`make settings` writes docs/settings.md anew"
