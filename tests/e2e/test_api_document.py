"""The merged API document is true: generated requests get no 5xx and no answer it does not describe."""

import json
import os
import subprocess
import sys
from urllib.request import urlopen

import pytest

from tests.institution import new_staff
from tests.security.world import World

# So many for each operation. `make fuzz` asks for more, and tries the limits of every field too: over 20,000 in all.
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
IS_LONG = EXAMPLES >= 10
PATIENCE, PHASES = (3600, "examples,coverage,fuzzing") if IS_LONG else (400, "examples,fuzzing")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CHECKS += ",documented_code"


@pytest.fixture(scope="module")
def document_url(platform):
    return f"{platform.url}/api/docs/openapi.json"


def test_the_document_holds_all_services(document_url):
    with urlopen(document_url) as answer:
        document = json.load(answer)
    groups = {path.split("/")[2] for path in document["paths"]}
    assert {"auth", "users", "unions", "union-members", "loan-types", "loans", "repayments", "schedules"} <= groups
    assert {"audit-logs", "supervisor-reports"} <= groups
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["responses"], path


def test_the_documents_can_be_browsed_without_the_internet(platform):
    with urlopen(f"{platform.url}/api/docs/") as answer:
        page = answer.read().decode()
    assert "swagger" in page.lower()
    assert "https://" not in page


# What would end the session in use, its account or those of others, and thereby the test. All of it is in the matrix of
# tests/security, and is asked here without a token.
ENDS_THE_TEST = r"/auth/(logout|sessions/revoke-others|change-password)$|/settings/password$|/users/bulk-operation$"
# Answers for as long as one listens.
OPEN_ENDED = r"/api/stream$"
SETTINGS_OF_ALL = r"/settings/(company|system|general|email)$"


# Of each the id of one that is there: with none but invented ids little more than 404 would ever be seen.
THINGS = (
    "loan_id", "union_id", "member_id", "repayment_id", "charge_id", "reschedule_id", "loan_type_id",
    "document_type_id", "document_id", "note_id", "id_or_key", "mail_id", "entry_id", "entity_name",
    "entity_id", "guarantor_id",
)  # fmt: skip


@pytest.fixture(scope="module")
def world(platform, admin):
    return World.new(platform, admin)


@pytest.fixture(scope="module")
def existing_ids(world, tmp_path_factory):
    """A file that tells the generator what there is; of the staff somebody on whom nothing here depends."""
    ids = {name: world.id(name) for name in THINGS}
    ids["user_id"] = new_staff(world.team.admin, "CREDIT_OFFICER", world.team.supervisor).id
    file = tmp_path_factory.mktemp("generator") / "schemathesis.toml"
    file.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items()))
    return file


def generated(document_url, token, *more, config=None):
    """Send generated requests to every operation."""
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    command += ["--config-file", str(config)] if config else []
    command += [
        "run", document_url, "--checks", CHECKS, "--max-examples", str(EXAMPLES), "--seed", "1", "--phases", PHASES,
        "--no-color", "--continue-on-failure", "--suppress-health-check", "all", *more,
    ]  # fmt: skip
    command += ["--header", f"Authorization: Bearer {token}"] if token else []
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.e2e.documented_codes"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.parametrize("who", ["nobody", "admin", "supervisor", "officer"])
def test_generated_requests_are_answered_as_documented(document_url, world, existing_ids, who):
    if who == "nobody":
        done = generated(document_url, "")
    else:
        person = getattr(world.team, who)
        without = ("--exclude-path-regex", f"{ENDS_THE_TEST}|{SETTINGS_OF_ALL}|{OPEN_ENDED}")
        done = generated(document_url, person.token, *without, config=existing_ids)
        assert person.get("/auth/me").status == 200, "the session ended on the way, so little was tried"
    sys.stdout.write(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout.partition(" FAILURES ")[2][:8000] + done.stderr[-2000:]
