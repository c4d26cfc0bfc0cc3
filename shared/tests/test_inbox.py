from shared.db import Sessions
from shared.ids import new_id
from shared.messaging import inbox


def test_an_event_is_taken_once_however_often_it_is_given(sessions: Sessions) -> None:
    first, second, third = (new_id() for _ in range(3))
    with sessions.begin() as session:
        assert inbox.claim(session.connection(), [second, first, second]).new == {first, second}
    with sessions.begin() as session:
        assert inbox.claim(session.connection(), [third, second]).new == {third}
        assert inbox.claim(session.connection(), [third]).new == set()
        inbox.release(session.connection(), [third])
        assert inbox.claim(session.connection(), [third, first]).new == {third}
