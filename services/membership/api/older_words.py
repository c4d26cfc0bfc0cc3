"""Errors in the words of older pages of the web client, which call unions branches and look for that."""

from collections.abc import Callable

from flask import Response

from shared.errors import DomainError, NotFound
from shared.web.problems import answer_to


def in_words_of_branches(*, officer: str) -> Callable[[DomainError], Response]:
    """An error handler for pages on which the credit officer of a union goes by the name `officer`."""

    def answer(error: DomainError) -> Response:
        if isinstance(error, NotFound):
            error.message = error.message.replace("Union not found", "Branch not found")
        if error.field == "creditOfficerId":
            error.field = officer
        return answer_to(error)

    return answer
