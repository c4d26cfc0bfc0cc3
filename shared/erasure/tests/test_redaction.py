"""What is taken out of JSON about a person, and what stays."""

from uuid import UUID

import pytest

from shared.erasure.redaction import Person, redacted, words_of

ADA, LOAN = UUID(int=1), UUID(int=2)
WORDS = tuple(words_of("Ada", "O'Brien", "ada@example.org", "08030000000"))
PERSON = Person(ADA, "MEM000001", frozenset({str(LOAN)}), WORDS)


@pytest.mark.parametrize(
    ("value", "left"),
    [
        pytest.param(
            {"id": str(ADA), "code": "MEM000001", "firstName": "Ada", "lastName": "O'Brien", "phone": "08030000000"},
            {"id": str(ADA), "code": "MEM000001", "firstName": "Erased", "lastName": "Erased", "phone": None},
            id="a member on the wire",
        ),
        pytest.param(
            {
                "member_id": str(ADA),
                "first_name": "Ada",
                "details": {"date_of_birth": "1990-01-01", "is_verified": True},
            },
            {"member_id": str(ADA), "first_name": "Erased", "details": {"date_of_birth": None, "is_verified": True}},
            id="a member in an event",
        ),
        pytest.param(
            {"loanId": str(LOAN), "amount": "500.00", "notes": "Brought by her sister", "reference": "TXN1"},
            {"loanId": str(LOAN), "amount": "500.00", "notes": None, "reference": "TXN1"},
            id="what people wrote of a payment",
        ),
        pytest.param(
            [{"memberCode": "MEM000001", "memberName": "Ada O'Brien"}, {"memberCode": "MEM000002", "memberName": "Bo"}],
            [{"memberCode": "MEM000001", "memberName": "Erased"}, {"memberCode": "MEM000002", "memberName": "Bo"}],
            id="one of several",
        ),
        pytest.param(
            {"loan_id": str(LOAN), "reason": "Typed twice", "file_name": "ada.pdf", "note": None},
            {"loan_id": str(LOAN), "reason": "Erased", "file_name": "Erased", "note": None},
            id="what has to be a text",
        ),
        pytest.param(
            {"id": str(LOAN), "createdBy": {"id": str(UUID(int=3)), "firstName": "Ngozi", "email": "n@example.org"}},
            {"id": str(LOAN), "createdBy": {"id": str(UUID(int=3)), "firstName": "Ngozi", "email": "n@example.org"}},
            id="who works here stays",
        ),
    ],
)
def test_what_says_who_the_person_is_goes_and_all_else_stays(value, left):
    assert redacted(value, PERSON, is_about=True) == left


def test_of_what_is_not_theirs_only_their_name_goes():
    value = {"id": str(UUID(int=9)), "notes": "Vouched for by ADA O'BRIEN, ada@example.org", "reason": "Moved"}
    left = {"id": str(UUID(int=9)), "notes": "Vouched for by Erased, Erased", "reason": "Moved"}
    assert redacted(value, PERSON, is_about=False) == left


def test_what_is_redacted_twice_is_as_it_was_once():
    value = {
        "id": str(ADA),
        "firstName": "Ada",
        "lastName": "O'Brien",
        "note": "Ada O'Brien",
        "updatedAt": "2026-03-11",
    }
    once = redacted(value, PERSON, is_about=True)
    assert redacted(once, PERSON, is_about=True) == once


def test_patterns_find_letters_beyond_ascii_however_json_has_them_and_no_wildcards():
    person = Person(ADA, "MEM000001", words=("Chidi Ọ_%",))
    assert person.patterns == [f"%{ADA}%", r"%Chidi \\u1ecc\_\%%", r"%Chidi Ọ\_\%%"]


def test_who_was_erased_has_no_words_to_be_looked_for():
    assert words_of("Erased", "Erased", None, None) == []
