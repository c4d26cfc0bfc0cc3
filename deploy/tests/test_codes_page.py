"""docs/codes.md names every code that the API answers."""

from deploy.codes_page import PAGE, page


def test_the_page_is_what_the_code_says() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "`make codes` writes docs/codes.md anew"
