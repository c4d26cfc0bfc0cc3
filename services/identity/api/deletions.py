"""What stands in the way of removing a member of staff."""

from functools import partial
from uuid import UUID

from flask import Blueprint, Response

from services.identity.domain.staff import Dependants, Standing, check_may_remove
from services.identity.queries.accounts import active_admins, user_row
from services.identity.queries.dependants import dependants_of
from shared.context import Role
from shared.directory.dependencies import Dependencies, Dependency, Kind, verdict
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading

deletions = Blueprint("deletions", __name__, url_prefix="/backup/dependencies")


@deletions.get("/user/<uuid:user_id>")
@requires(Role.ADMIN)
@documented("Ask whether a member of staff can be removed", name="get_dependencies_of_user", answer=Dependencies)
def get_dependencies_of_user(user_id: UUID) -> Response:
    """What depends on an account: unions, open loans in them, officers. Nobody removes their own, or the last admin's,
    even where nothing depends on it."""
    actor = current_actor()
    with reading() as connection:
        user = user_row(connection, user_id, actor)
        dependants = dependants_of(connection, [user.id]).get(user.id, Dependants())
        other_admins = active_admins(connection) - 1
    was = Standing(user.role, user.is_active)
    check = partial(check_may_remove, actor.id, user.id, was, dependants, other_admins=other_admins)
    return success(Dependencies.of(verdict(check, *_listed(dependants))), "Dependencies retrieved successfully")


def _listed(dependants: Dependants) -> tuple[Dependency, ...]:
    unions, officers, loans = len(dependants.unions), len(dependants.officers), dependants.open_loans
    return (
        Dependency(
            Kind.UNIONS,
            unions,
            f"{unions} union(s) are managed by them",
            "Assign the unions to another credit officer.",
        ),
        Dependency(
            Kind.LOANS, loans, f"{loans} loan(s) in their unions are open", "The loans go along with their unions."
        ),
        Dependency(
            Kind.SUPERVISED_USERS,
            officers,
            f"{officers} officer(s) are supervised by them",
            "Give the officers another supervisor.",
        ),
    )
