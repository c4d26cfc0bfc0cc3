import pytest

from services.identity.domain.password import WeakPassword, check_admin_password, check_password


@pytest.mark.parametrize("password", ["12345678", "x" * 72, "pässwörd", "🔑" * 18])
def test_eight_characters_in_up_to_72_bytes_are_a_password(password):
    check_password(password)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("", id="empty"),
        pytest.param("1234567", id="seven characters"),
        pytest.param("x" * 73, id="73 bytes"),
        pytest.param("🔑" * 19, id="76 bytes in 19 characters"),
    ],
)
def test_shorter_and_longer_ones_are_refused_not_cut(password):
    with pytest.raises(WeakPassword) as refusal:
        check_password(password)
    assert refusal.value.field == "password"


def test_an_admin_needs_letters_a_digit_and_a_sign():
    check_admin_password("S3cret!pass")


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("S3CRET!PASS", "lower-case"),
        ("s3cret!pass", "upper-case"),
        ("Secret!pass", "digit"),
        ("S3cretpass", "one of"),
        ("S3c!", "at least 8"),
    ],
)
def test_an_admin_password_that_lacks_one_is_refused_with_what_it_lacks(password, missing):
    with pytest.raises(WeakPassword, match=missing):
        check_admin_password(password)
