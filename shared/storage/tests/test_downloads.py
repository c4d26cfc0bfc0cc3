import pytest

from shared.storage.downloads import disposition


@pytest.mark.parametrize(
    ("name", "plain", "encoded"),
    [
        ("a.pdf", "a.pdf", "a.pdf"),
        ('"; filename="evil.html', "_; filename=_evil.html", "%22%3B%20filename%3D%22evil.html"),
        ("a\\b%41.pdf", "a_b%41.pdf", "a%5Cb%2541.pdf"),
        ("Ch\u00eddi \u5b57.png", "Chi_di _.png", "Ch%C3%ADdi%20%E5%AD%97.png"),
    ],
)
def test_no_name_breaks_out_of_its_header(name, plain, encoded):
    assert disposition("inline", name) == f"inline; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
