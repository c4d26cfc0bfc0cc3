"""What lending follows: the directory of staff, unions and members, the accounts of its loans, and settings."""

from uuid import UUID

from msgspec import field
from msgspec.structs import asdict

from services.lending.models import DocumentType
from services.lending.usecases import accounts, transfer
from services.lending.usecases.erasure import erase_members
from services.lending.usecases.restated_accounts import AccountRestated, follow_restated_accounts
from services.lending.usecases.restatement import remove_accounts, remove_document_types
from shared.backup.participant import follow_backups
from shared.db import UnitOfWork
from shared.directory.handlers import Members, follow_members, follow_staff, follow_unions
from shared.institution import follow_settings
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Moment, Payload
from shared.postgres.newest import keep_newest
from shared.restatement import when_restated
from shared.restore.participant import follow_restores

handlers = Handlers("lending")
follow_staff(handlers)
follow_unions(handlers, on_assigned=transfer.transfer_loans_of_union)


def follow_members_of_loans(uow: UnitOfWork, events: Members) -> None:
    """The loans of a member go along with them, and forget who they were with them."""
    transfer.transfer_loans_of_members(uow, events)
    erase_members(uow, events)


follow_members(handlers, on_kept=follow_members_of_loans)

# One function for all events of accounts, so that a transaction takes them in order, whatever they are.
handlers.on_many("payments.repayment.recorded.v1", payload=accounts.RepaymentRecorded)(accounts.follow_accounts)
handlers.on_many("payments.repayment.reversed.v1", payload=accounts.RepaymentReversed)(accounts.follow_accounts)
handlers.on_many("payments.account.replayed.v1", payload=accounts.AccountReplayed)(accounts.follow_accounts)
handlers.on_many("payments.charge.*.v1", payload=accounts.AccountEvent)(accounts.follow_accounts)
handlers.on_many("payments.account.restated.v1", payload=AccountRestated)(follow_restated_accounts)
when_restated(handlers, "payments", remove_accounts)
when_restated(handlers, "membership", remove_document_types)

follow_settings(handlers)
follow_backups(handlers)
follow_restores(handlers)


class DocumentTypeEvent(Payload):
    """What a document may be."""

    id: UUID = field(name="document_type_id")
    code: str
    name: str
    is_active: bool
    created_at: Moment
    updated_at: Moment
    description: str | None = None


@handlers.on("membership.document_type.*.v1", payload=DocumentTypeEvent)
def keep_document_type(uow: UnitOfWork, document_type: DocumentTypeEvent, envelope: Envelope) -> None:
    """Whatever order the events come in, the newest stands."""
    deleted_at = document_type.updated_at if envelope.type == "membership.document_type.deleted.v1" else None
    values = asdict(document_type) | {"deleted_at": deleted_at, "version": envelope.version}
    keep_newest(uow.connection, DocumentType.__table__, values)
