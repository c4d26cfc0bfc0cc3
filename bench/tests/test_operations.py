from collections import Counter

from bench.driver import MADE, Request
from bench.operations import CREATION, MEMBER, MIXED, SINGLE, Operation, direct, operations, singles
from bench.sample import Sample

LOANS = [f"018f0000-0000-7000-8000-00000000000{number}" for number in range(5)]


def asked() -> dict[str, Operation]:
    sample = Sample(
        loan_ids=LOANS,
        payable_loan_ids=LOANS,
        sheets=[("union", LOANS)],
        unions=[("token-1", "union-1"), ("token-2", "union-2")],
        officer_emails=["officer-0005@seed.local"],
        password="secret",
        admin_token="admin",
        supervisor_token="supervisor",
        officer_token="token-1",
    )
    return operations("http://127.0.0.1:8080", sample)


def kinds_of(request: Request) -> list[str]:
    return [request.kind, *(kinds_of(request.then) if request.then else [])]


def test_a_mixed_day_is_70_reads_20_payments_and_10_creations() -> None:
    kinds = Counter(kind for request in asked()[MIXED].requests for kind in kinds_of(request))
    shares = {kind: 100 * count / kinds.total() for kind, count in kinds.items()}
    reads = {"list_loans": 20, "get_loan": 15, "schedule": 15, "list_members": 10, "me": 10}
    assert shares == reads | {SINGLE: 20, MEMBER: 5, CREATION: 5}


def test_a_mixed_day_is_mixed_and_the_same_each_time() -> None:
    requests = asked()[MIXED].requests
    assert requests == asked()[MIXED].requests
    assert len({request.kind for request in requests[:30]}) >= 5


def test_a_loan_is_made_for_the_member_just_taken_in_by_the_same_officer() -> None:
    first, second = asked()[CREATION].requests
    assert first.then
    assert MADE in first.then.content
    assert all(b"Bearer token-1" in request.content for request in (first, first.then))
    assert b"Bearer token-2" in second.content


def test_the_length_of_a_body_is_right_once_the_id_is_in_it() -> None:
    loan = asked()[CREATION].requests[0].then
    assert loan
    head, body = loan.content.replace(MADE, LOANS[0].encode()).split(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


def test_each_request_of_an_operation_is_of_the_kind_that_is_called_like_it() -> None:
    for operation in singles(asked()):
        assert {request.kind for request in operation.requests} == {operation.name.partition(" by ")[0]}


def test_past_the_gateway_a_request_has_no_prefix() -> None:
    assert direct(asked()["me"].requests[0]).content.startswith(b"GET /auth/me HTTP/1.1")
