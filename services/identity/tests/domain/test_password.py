import pytest

from services.identity.credentials.common_passwords import password_rules
from services.identity.domain.password import (
    PasswordRules,
    WeakPassword,
    check_admin_password,
    check_mixed_password,
    check_password,
)

PLAIN, USUAL = PasswordRules(), password_rules(8)


@pytest.mark.parametrize("password", ["12345678", "x" * 72, "pässwörd", "🔑" * 18])
def test_eight_characters_in_up_to_72_bytes_are_a_password(password):
    check_password(password, PLAIN)


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
        check_password(password, PLAIN)
    assert refusal.value.field == "password"


def test_an_admin_needs_letters_a_digit_and_a_sign():
    check_admin_password("S3cret!pass", USUAL)


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
        check_admin_password(password, PLAIN)


@pytest.mark.parametrize("password", ["12345678", "password", "Password1", "QWERTYUIOP", "iloveyou", "P@ssw0rd1"])
def test_what_everybody_tries_first_is_refused_however_it_is_written(password):
    with pytest.raises(WeakPassword, match="first that anybody would try"):
        check_password(password, USUAL)


def test_the_list_is_long_and_all_of_it_can_be_found():
    assert len(USUAL.common) > 1000
    assert all(password == password.lower().strip() for password in USUAL.common)


def test_the_institution_says_how_long_a_password_is():
    check_password("twelve chars", password_rules(12))
    with pytest.raises(WeakPassword, match="at least 13 characters"):
        check_password("twelve chars", password_rules(13))


@pytest.mark.parametrize(
    ("password", "missing"), [("n0uppercase", "upper-case"), ("N0LOWERCASE", "lower-case"), ("NoDigits!", "digit")]
)
def test_a_password_somebody_chooses_mixes_letters_and_digits(password, missing):
    check_mixed_password("Mixed-Enough-1", USUAL)
    with pytest.raises(WeakPassword, match=missing) as refusal:
        check_mixed_password(password, USUAL)
    assert refusal.value.field == "new_password"
