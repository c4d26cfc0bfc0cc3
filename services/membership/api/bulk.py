"""What is done to accounts of staff at once, as far as it is about unions: giving them one."""

from flask import Blueprint, Response

from services.membership import shapes
from services.membership.api.bodies import ASSIGN_UNION, BulkBody, OperationBody
from services.membership.usecases.unions import assign_union
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import Misdirected
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented, load
from shared.web.transactions import idempotent

bulk = Blueprint("bulk", __name__, url_prefix="/users")


class AccountsChangedElsewhere(Misdirected):
    """Accounts of staff belong to another service; only what is done with unions is done here."""


@bulk.post("/bulk-operation")
@requires(Role.ADMIN)
@documented("Give a union to a credit officer", name="assign_union_in_bulk", body=BulkBody, answer=shapes.Bulk)
@idempotent
def post_bulk_operation(uow: UnitOfWork) -> Response:
    """What `POST /users/bulk-operation` does where the operation is `assignBranch`: one union for one officer."""
    if load(OperationBody)["operation"] != ASSIGN_UNION:
        raise AccountsChangedElsewhere("Accounts are not changed here.")
    body, actor = load(BulkBody), current_actor()
    (officer_id,), union_id = body["user_ids"], body["data"]["union_id"]
    assign_union(uow, union_id=union_id, officer_id=officer_id, by=actor, at=now())
    # Nothing is published where the union was theirs already.
    affected = 1 if uow.published else 0
    message = f"{affected} of 1 users changed"
    outcome = shapes.Bulk.of(operation=ASSIGN_UNION, requested=1, affected=affected, message=message)
    metadata = outcome | {"userIds": [str(officer_id)], "unionId": str(union_id)}
    del metadata["message"]
    uow.audit(action="BULK_USER_OPERATION", entity_name="User", entity_id=actor.id, metadata=metadata)
    return success(outcome, message)
