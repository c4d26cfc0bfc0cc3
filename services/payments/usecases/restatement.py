"""Publishing accounts anew with every fact of them; what payments does about loans that lending does not have."""

from uuid import UUID

from services.payments.models.ledger import loan_accounts
from services.payments.queries import account_updates, counts, ledger, restatement
from services.payments.steps.restatement import account_restated
from shared.db import UnitOfWork
from shared.epochs import start_of
from shared.restatement import Batch, Kind, batch_of, raise_versions
from shared.telemetry import log


def publish_accounts(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next accounts. One on which nothing was recorded is among them, because followers may know of
    something that did not happen; not so one without a schedule."""
    former = raise_versions(uow.connection, loan_accounts, after, floor, key="loan_id")
    recorded = ledger.ledgers_of(uow.connection, list(former))
    for account in restatement.accounts_by_id(uow.connection, list(former)):
        facts, version = recorded[account.loan_id], former[account.loan_id]
        if facts.instalments or version > start_of(version):
            uow.publish(account_restated(account, facts, version))
    return batch_of(former)


def remove_loans(uow: UnitOfWork, floor: int) -> None:
    """Take loans that lending does not have as deleted. Money that was received on one stays where it is, and people
    have to look at it: it is logged as an error."""
    for account in restatement.accounts_below(uow.connection, floor):
        change: dict[str, object] = {"facts_version": floor}
        if account.paid:
            log.error("money_without_loan", loan_id=account.loan_id, loan_number=account.loan_number)
        elif not account.is_deleted:
            change["is_deleted"] = True
            removed = account_updates.unlist_instalments(uow.connection, account.loan_id)
            counts.remove_instalments(uow.connection, account.officer_id, removed)
        account_updates.update_account(uow.connection, account.loan_id, change)
    restatement.end_loan_types_below(uow.connection, floor)


KINDS = (Kind("accounts", publish_accounts),)
