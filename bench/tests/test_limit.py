import time

from bench.capture import Captured, Statement, statements_in
from bench.limit import Script
from shared.ids import new_id

OLD, OLDER = "018f0000-0000-7000-8000-000000000002", "018f0000-0000-7000-8000-000000000001"


def captured(text: str, **parameters: str | None) -> Captured:
    numbered = {name.removeprefix("p"): content for name, content in parameters.items()}
    return Captured(time.time() - 1, [Statement(text, numbered)])


def test_the_statements_of_one_role_are_found_with_their_parameters() -> None:
    log = (
        "lending|LOG:  duration: 0.1 ms  statement: BEGIN\n"
        "payments|LOG:  duration: 0.1 ms  statement: SELECT 2\n"
        "lending|LOG:  duration: 0.1 ms  bind <unnamed>: SELECT $1::UUID,\n\t$2\n"
        f"lending|DETAIL:  Parameters: $1 = '{OLD}', $2 = 'it''s'\n"
        "lending|LOG:  duration: 0.1 ms  execute <unnamed>: SELECT $1::UUID,\n\t$2\n"
        f"lending|DETAIL:  Parameters: $1 = '{OLD}', $2 = 'it''s', $3 = NULL\n"
        "lending|LOG:  duration: 0.1 ms  statement: COMMIT\n"
    )
    assert statements_in(log, "lending") == [
        Statement("BEGIN"),
        Statement("SELECT $1::UUID,\n\t$2", {"1": OLD, "2": "it's", "3": None}),
        Statement("COMMIT"),
    ]


def test_what_differs_between_requests_is_taken_from_a_table() -> None:
    script = Script([captured("SELECT $1, $2", p1="same", p2=OLD), captured("SELECT $1, $2", p1="same", p2=OLDER)])
    assert script.text == (
        "\\set n random(1, 2)\nSELECT s0p2 FROM public.bench_parameters WHERE n = :n \\gset\nSELECT 'same', :s0p2;\n"
    )
    assert script.rows == [(OLD,), (OLDER,)]


def test_ids_that_a_request_made_are_made_anew() -> None:
    made = str(new_id())
    script = Script([captured("INSERT INTO t VALUES ($1, $2, $3)", p1=made, p2=f'{{"a":"{made}"}}', p3=OLD)])
    assert script.text == (
        "SELECT uuidv7() AS id0 \\gset\n"
        f"""INSERT INTO t VALUES (:id0::uuid, replace('{{"a":"@id0@"}}', '@id0@', :id0), '{OLD}');\n"""
    )


def test_what_pgbench_would_misread_is_written_otherwise() -> None:
    script = Script([captured("SELECT $1, $2, $3", p1='{"a":null}', p2="2026-03-11 09:30:00.5+00", p3=None)])
    assert script.text == """SELECT '{"a": null}', '2026-03-11 09:30:00.5+00'::timestamptz, NULL;\n"""


def test_requests_that_came_down_to_other_statements_are_left_out() -> None:
    usual = [captured("SELECT $1", p1=text) for text in ("a", "b")]
    assert Script([captured("SELECT 1"), *usual, captured("SELECT $1", p1=None)]).rows == [("a",), ("b",)]
