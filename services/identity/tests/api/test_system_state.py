"""How a service is, as an admin reads it; the routes are those of every service."""

from shared.clock import now


def test_an_admin_reads_what_waits_in_a_service(client, admin):
    state = client.get("/system", headers=admin.headers).json["data"]
    assert (state["service"], state["deferred"], state["deferredSeconds"]) == ("identity", 0, 0)
    # No worker has published what made this admin, and there is no queue whose depth somebody could say.
    assert state["unpublished"] > 0
    assert (state["queued"], state["deadLetters"]) == (None, None)
    assert state["checkedAt"][:10] == now().date().isoformat()


def test_where_nothing_was_given_up_nothing_is_sent_again(client, admin):
    answer = client.post("/system/dead-letters/resend", headers=admin.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "nothing-to-resend")


def test_it_is_for_admins_alone(client, officer):
    assert client.get("/system", headers=officer.headers).status_code == 403
    assert client.post("/system/dead-letters/resend", headers=officer.headers).status_code == 403
