from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.templates import (
    BadTemplate,
    Template,
    check_template,
    render,
    with_changes,
)
from services.notifications.queries.templates import TEMPLATES, sample_values

KEYS_OF_THE_CONTRACT = {
    "welcome_user", "password_reset", "magic_link", "loan_submitted", "loan_approved", "loan_rejected",
    "loan_disbursed", "loan_status", "payment_confirmation", "payment_reminder", "new_member",
}  # fmt: skip
A_TEMPLATE = Template(
    key="payment_reminder",
    module="Payments",
    subject="Due on {due_date}",
    content="Dear {customer_name},\n\n{link}",
    own_variables=("customer_name", "due_date", "link"),
)


def test_every_mail_of_the_contract_is_there_and_names_only_variables_it_has() -> None:
    assert TEMPLATES.keys() >= KEYS_OF_THE_CONTRACT
    for template in TEMPLATES.values():
        check_template(template)
        message = render(template, sample_values(template))
        assert message.subject
        assert "{" not in message.subject + message.text


@pytest.mark.parametrize(
    "text",
    [
        "{password}", "{{ customer_name.__class__ }}", "{customer_name.__class__}", "{customer_name!r}", "{}", "{0}",
        "{ due_date }", "{due_date:>9999999}",
    ],
)  # fmt: skip
def test_only_plain_names_of_its_own_variables_may_stand_in_braces(text: str) -> None:
    for field in ("subject", "content"):
        with pytest.raises(BadTemplate) as refused:
            with_changes(A_TEMPLATE, **{field: f"Hello {text}"})
        assert refused.value.field == field


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\x00", "\x85", "\u2028"])
def test_a_subject_is_one_line(line_break: str) -> None:
    with pytest.raises(BadTemplate):
        with_changes(A_TEMPLATE, subject=f"Hello{line_break}Bcc: all@example.org")
    message = render(A_TEMPLATE, {"due_date": f"today{line_break}Bcc: all@example.org"})
    assert message.subject == "Due on today Bcc: all@example.org"


def test_what_is_put_in_is_not_read_again() -> None:
    message = render(A_TEMPLATE, {"customer_name": "{link}", "link": "https://example.org/secret"})
    assert message.text == "Dear {link},\n\nhttps://example.org/secret"


def test_a_variable_without_a_value_leaves_no_gap() -> None:
    assert render(A_TEMPLATE, {"customer_name": "Ada"}).text == "Dear Ada,"


def test_only_addresses_of_pages_become_links() -> None:
    assert (
        '<a href="https://example.org/?a=1&amp;b=2">'
        in render(A_TEMPLATE, {"link": "https://example.org/?a=1&b=2"}).html
    )
    assert "<a" not in render(A_TEMPLATE, {"link": "javascript:alert(1)"}).html


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


@given(name=st.text(max_size=60), link=st.text(max_size=60), content=st.text(max_size=200))
def test_no_text_becomes_markup(name: str, link: str, content: str) -> None:
    template = Template(
        "x", "X", "{customer_name}", f"{content}<img onerror=x>{{customer_name}} {{link}}", A_TEMPLATE.own_variables
    )
    message = render(template, {"customer_name": name, "link": f"https://{link}"})
    tags = _Tags()
    tags.feed(message.html)
    assert tags.found <= {"p", "br", "a"}
    assert len(message.subject.splitlines()) <= 1
