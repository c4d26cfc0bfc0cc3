from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.facts import Split
from services.reporting.domain.members import Member, member_parts, newest
from services.reporting.domain.portfolio import (
    Account,
    Facts,
    Loan,
    LoanStatus,
    Repayment,
    RepaymentKind,
    loan_parts,
    parts_of_change,
    with_account,
    with_facts,
    with_repayment,
)
from services.reporting.domain.sums import Figure, change

UNIONS = [UUID(int=number) for number in (1, 2)]
LOAN = Loan(UUID(int=9))
amounts = st.decimals(0, 100_000, places=2)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))

facts = st.builds(
    Facts,
    version=st.integers(1, 4),
    union_id=st.sampled_from(UNIONS),
    status=st.sampled_from(LoanStatus),
    principal=amounts,
    interest=amounts,
    created_at=st.just(datetime(2026, 3, 11, tzinfo=UTC)),
    created_on=days,
    disbursed_on=st.none() | days,
    loan_number=st.just("LN00000001"),
)
accounts = st.builds(
    Account, version=st.integers(1, 4), paid=amounts, outstanding=amounts, outstanding_principal=amounts
)


def a_repayment(number, amount, paid_on):
    return Repayment(
        id=UUID(int=number),
        loan_id=LOAN.id,
        amount=amount,
        paid_on=paid_on,
        kind=RepaymentKind.REPAYMENT,
        account_version=1,
        recorded_at=datetime(2026, 6, 1, tzinfo=UTC),
        recorded_on=date(2026, 6, 1),
        split=Split(Decimal(0), Decimal(0), Decimal(0), amount),
        union_id=UNIONS[0],
    )


repayments = st.builds(a_repayment, st.integers(1, 99), amounts, days)


def some_facts(version=1, status=LoanStatus.ACTIVE, union_id=UNIONS[0], loan_number="LN00000001"):
    return Facts(
        version=version,
        union_id=union_id,
        status=status,
        principal=Decimal("50000.00"),
        interest=Decimal("1000.00"),
        created_at=datetime(2026, 3, 10, tzinfo=UTC),
        created_on=date(2026, 3, 10),
        disbursed_on=date(2026, 4, 1) if status is LoanStatus.ACTIVE else None,
        loan_number=loan_number,
    )


def apply(loan, reported):
    match reported:
        case Facts():
            return with_facts(loan, reported)
        case Account():
            return with_account(loan, reported)
        case Repayment():
            return with_repayment(loan, reported)


def figures(parts):
    return {(key.figure, key.slot): amount for key, amount in parts if amount}


def test_older_facts_change_nothing():
    loan = with_facts(LOAN, some_facts(version=2))
    assert with_facts(loan, some_facts(version=1, status=LoanStatus.DRAFT)) is loan
    assert with_facts(loan, some_facts(version=2, status=LoanStatus.DRAFT)) is loan


def test_what_the_release_before_left_out_is_filled_in_by_its_own_version_alone():
    lacking = with_facts(LOAN, some_facts(version=2, loan_number=None))
    assert with_facts(lacking, some_facts(version=1)) is lacking
    assert with_facts(lacking, some_facts(version=2)).facts.loan_number == "LN00000001"


def test_a_loan_owes_principal_and_interest_until_payments_says_otherwise():
    loan = with_facts(LOAN, some_facts())
    assert loan.outstanding == Decimal("51000.00")
    paid = with_account(loan, Account(version=1, paid=Decimal("1000.00"), outstanding=Decimal("50000.00")))
    assert (paid.paid, paid.outstanding) == (Decimal("1000.00"), Decimal("50000.00"))


def test_a_disbursed_loan_counts_in_its_status_and_in_its_months():
    loan = with_facts(LOAN, some_facts())
    loan = with_account(loan, Account(version=1, paid=Decimal("1000.00"), outstanding=Decimal("50000.00")))
    loan = with_repayment(loan, a_repayment(5, Decimal("1000.00"), date(2026, 5, 31)))
    assert figures(loan_parts(loan)) == {
        (Figure.LOANS, "ACTIVE"): 1,
        (Figure.PRINCIPAL, "ACTIVE"): 50000,
        (Figure.PAID, "ACTIVE"): 1000,
        (Figure.OUTSTANDING, "ACTIVE"): 50000,
        (Figure.NEW_LOANS, "2026-03-01"): 1,
        (Figure.DISBURSED, "2026-04-01"): 50000,
        (Figure.REPAID, "2026-05-01"): 1000,
    }


def test_a_draft_is_not_disbursed():
    draft = with_facts(LOAN, some_facts(status=LoanStatus.DRAFT))
    assert Figure.DISBURSED not in {figure for figure, _ in figures(loan_parts(draft))}


def test_a_loan_without_facts_counts_nowhere():
    loan = with_repayment(LOAN, a_repayment(5, Decimal("1000.00"), date(2026, 5, 31)))
    assert list(loan_parts(loan)) == []


@given(st.lists(facts | accounts | repayments, max_size=8))
def test_the_sums_of_all_changes_are_the_sums_of_the_last_state(changes):
    sums, loan = Counter(), LOAN
    for each in changes:
        after = apply(loan, each)
        for key, amount in change([parts_of_change(loan, after)]).items():
            sums[key] += amount
        loan = after
    expected = Counter()
    for key, amount in loan_parts(loan):
        expected[key] += amount
    assert +sums == +expected
    assert all(amount >= 0 for amount in sums.values())


@given(st.lists(facts, unique_by=lambda each: each.version), st.lists(repayments), st.randoms())
def test_the_order_of_changes_does_not_matter(reported, paid, random):
    def end(changes):
        loan = LOAN
        for each in changes:
            loan = apply(loan, each)
        return dict(loan_parts(loan))

    changes = [*reported, *paid]
    shuffled = random.sample(changes, len(changes))
    assert end(changes) == end(shuffled)


def a_member(version=1, *, union_id=UNIONS[0], verified=True, deleted=False):
    return Member(UUID(int=3), version, union_id, verified, deleted, date(2026, 3, 10))


def test_a_member_counts_as_verified_or_pending_and_in_the_month_they_came():
    assert figures(member_parts(a_member())) == {(Figure.MEMBERS, "verified"): 1, (Figure.NEW_MEMBERS, "2026-03-01"): 1}
    assert (Figure.MEMBERS, "pending") in figures(member_parts(a_member(verified=False)))


def test_a_deleted_member_counts_nowhere():
    assert list(member_parts(a_member(deleted=True))) == []


def test_of_a_member_the_newest_word_holds():
    assert newest(None, a_member(1)) == a_member(1)
    assert newest(a_member(2, verified=False), a_member(1)) == a_member(2, verified=False)


def test_moving_to_another_union_takes_from_the_one_and_gives_to_the_other():
    before, after = a_member(1), a_member(2, union_id=UNIONS[1])
    moved = change([(member_parts(before), member_parts(after))])
    assert {(key.union_id, key.figure): amount for key, amount in moved.items()} == {
        (UNIONS[0], Figure.MEMBERS): -1,
        (UNIONS[0], Figure.NEW_MEMBERS): -1,
        (UNIONS[1], Figure.MEMBERS): 1,
        (UNIONS[1], Figure.NEW_MEMBERS): 1,
    }
