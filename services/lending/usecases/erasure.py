"""What lending forgets of members whose personal data was erased."""

from services.lending.events import DocumentDeleted, LoanUpdated
from services.lending.queries import erasures
from shared.db import UnitOfWork
from shared.directory.handlers import Members, erased
from shared.storage import unclaimed


def erase_members(uow: UnitOfWork, events: Members) -> None:
    """Remove the papers of their loans, guarantors' included, and what people wrote about them; loans, amounts and days
    stay. Each change is published, so that who follows loans forgets it too."""
    envelopes = {member.id: envelope for member, envelope in events}
    for member_id in erased(events):
        uow.cause, uow.context = envelopes[member_id].id, envelopes[member_id].context()
        for document in erasures.documents_of_member(uow.session, member_id):
            unclaimed.note(uow.connection, document.key)
            if document.deleted_at is None:
                document.version += 1
                uow.publish(DocumentDeleted.of(document))
            uow.session.delete(document)
        erasures.blank_texts(uow.connection, member_id)
        for loan in erasures.loans_with_notes(uow.session, member_id):
            loan.notes, loan.version = None, loan.version + 1
            uow.publish(LoanUpdated.of(loan))
    uow.session.flush()
