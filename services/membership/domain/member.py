"""Rules about the people a union serves."""

from datetime import date

from shared.errors import RuleViolated

MINIMUM_AGE = 16
GENDERS = frozenset({"male", "female", "other"})
MARITAL_STATUSES = frozenset({"single", "married", "divorced", "widowed"})


class MemberTooYoung(RuleViolated):
    """The date of birth makes the member younger than the law lets us serve."""


def age_on(date_of_birth: date, day: date) -> int:
    """Completed years on `day`; who was born on 29 February has the birthday on 1 March in a common year."""
    had_birthday = (day.month, day.day) >= (date_of_birth.month, date_of_birth.day)
    return day.year - date_of_birth.year - (0 if had_birthday else 1)


def check_age(date_of_birth: date | None, today: date) -> None:
    """Accept an unknown date of birth and anybody who has completed MINIMUM_AGE years. Raises MemberTooYoung."""
    if date_of_birth is not None and age_on(date_of_birth, today) < MINIMUM_AGE:
        raise MemberTooYoung(f"A member must be at least {MINIMUM_AGE} years old.", field="dateOfBirth")


def lower_case_choice(text: str | None, choices: frozenset[str]) -> str | None:
    """One of the choices in lower case, however it was typed; any other text stays as given."""
    if text is None or text.lower() not in choices:
        return text
    return text.lower()


def member_code(number: int) -> str:
    """The code printed on a member's card: 1 is `MEM000001`. Grows beyond six digits rather than starting again."""
    return f"MEM{number:06d}"
