"""Deletions that nobody asks about: the services whose things can be deleted answer for them."""

from flask import Blueprint, Response

from shared.context import Role
from shared.directory.dependencies import Dependencies
from shared.errors import RuleViolated
from shared.web.auth import requires
from shared.web.schema import documented

deletions = Blueprint("deletions", __name__, url_prefix="/backup/dependencies")


class UnknownEntityType(RuleViolated):
    """What depends on things of this type is not kept."""


@deletions.get("/<entity_type>/<entity_id>")
@requires(Role.ADMIN)
@documented("Ask whether something can be deleted", name="get_dependencies", answer=Dependencies)
def get_dependencies(entity_type: str, entity_id: str) -> Response:
    """Of every type but `user`, `union`, `unionMember` and `loanType` this is refused."""
    message = "The type must be one of user, union, unionMember, loanType."
    raise UnknownEntityType(message, field="entityType")
