import pytest

from shared.directory.short_codes import short_code


@pytest.mark.parametrize(("name", "code"), [("Market Women of Bodija", "MWOB"), ("Bodija", "BOD"), ("É. & Co", "ÉC")])
def test_a_union_has_a_short_code(name, code):
    assert short_code(name) == code
