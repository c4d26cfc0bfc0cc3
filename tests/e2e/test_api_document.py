"""The merged API document is true: generated requests get no 5xx and no answer it does not describe."""

import json
import subprocess
import sys
from urllib.request import urlopen

import pytest

# Each of these calls many operations many times; `make chaos` takes more.
EXAMPLES = 4
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


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


@pytest.mark.timeout(400)
@pytest.mark.parametrize("who", ["admin", "supervisor", "officer"])
def test_generated_requests_are_answered_as_documented(document_url, team, who):
    person = getattr(team, who)
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", document_url,
        "--header", f"Authorization: Bearer {person.token}", "--checks", CHECKS, "--max-examples", str(EXAMPLES),
        "--seed", "1", "--phases", "examples,coverage,fuzzing", "--exclude-path-regex", "/auth/", "--no-color",
        "--exclude-method", "DELETE",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=390, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
