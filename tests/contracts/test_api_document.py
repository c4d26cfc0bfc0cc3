"""The API document is whole: valid, without a gap in its words, and with every code that is answered."""

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.api_document import api_document, operations, service_documents
from gateway.routes import UPSTREAMS
from shared.web.glossary import parameters, properties
from shared.web.problems import PLAIN

# Problems, headers, parameters and schemas stand in it once; an operation with its example takes some 3,700 bytes.
MOST_BYTES = 1_600_000
SOURCES = [
    path
    for folder in ("shared", "services", "gateway")
    for path in Path(folder).rglob("*.py")
    if "tests" not in path.parts
]
# Names that say all there is to say.
SELF_EVIDENT = {
    "address",
    "city",
    "color",
    "company",
    "country",
    "currency",
    "currentPassword",
    "description",
    "email",
    "enabled",
    "errors",
    "favicon",
    "field",
    "firstName",
    "fromEmail",
    "fromName",
    "gender",
    "lastName",
    "loan",
    "location",
    "logo",
    "maritalStatus",
    "message",
    "name",
    "newPassword",
    "note",
    "notes",
    "password",
    "phone",
    "profession",
    "state",
    "subject",
    "success",
    "timestamp",
    "title",
    "union",
    "unionMember",
    "url",
    "user",
    "users",
    "zipCode",
}


def test_the_document_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(api_document()).iter_errors()] == []


def test_the_document_can_be_loaded_on_a_bad_line() -> None:
    assert len(json.dumps(api_document())) < MOST_BYTES


def test_operations_have_names_of_their_own() -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations())
    assert [name for name, number in names.items() if number > 1] == []
    assert [name for name in names if not name.isidentifier() or name != name.lower()] == []


def test_a_failure_is_described_once_for_all_routes() -> None:
    for method, path, operation in operations():
        failures = [answer for status, answer in operation["responses"].items() if status >= "400"]
        assert all("$ref" in answer for answer in failures) or path == "/api/health", (method, path)


def test_every_route_says_what_clients_need_to_know() -> None:
    silent = [(method, path) for method, path, operation in operations() if not operation.get("description")]
    assert silent == [], "Give the view a docstring: it is what the document says of the route."


@pytest.mark.parametrize(
    "path", ["/api/repayments", "/api/repayments/collection-sheet", "/api/loans/{loan_id}/disburse"]
)
def test_what_moves_money_can_be_sent_again_under_a_key(path: str) -> None:
    [operation] = [found for method, where, found in operations() if (method.upper(), where) == ("POST", path)]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]


def test_a_browser_may_sign_in_by_cookie_wherever_one_has_to_be_signed_in() -> None:
    assert api_document()["components"]["securitySchemes"]["cookie"]["in"] == "cookie"
    secured = [operation["security"] for _, _, operation in operations() if operation["security"]]
    assert secured
    assert [security for security in secured if {"cookie": []} not in security] == []


@pytest.mark.parametrize("path", ["officer-day", "collection-sheet", "collection-sheets", "team-day"])
def test_what_phones_ask_again_is_about_a_day_and_costs_little(path: str) -> None:
    [operation] = [
        found for method, where, found in operations() if (method.upper(), where) == ("GET", f"/api/repayments/{path}")
    ]
    assert operation["responses"]["304"] == {"$ref": "#/components/responses/NotModified"}
    [on] = [parameter for parameter in operation["parameters"] if parameter.get("name") == "on"]
    assert {shape.get("format") for shape in on["schema"]["anyOf"]} == {"date", "date-time"}


def undescribed(document: dict[str, Any]) -> list[str]:
    """The parameters and properties that say nothing and whose name does not say it all."""
    silent = [
        f"{part['in']} parameter {part['name']}"
        for part in parameters(document)
        if "in" in part and "description" not in part and part["name"] not in SELF_EVIDENT
    ]
    return sorted({*silent, *(name for name, prop in properties(document) if "description" not in prop)} - SELF_EVIDENT)


@pytest.mark.parametrize("service", UPSTREAMS)
def test_every_name_is_explained(service: str) -> None:
    silent = undescribed(service_documents()[service])
    assert silent == [], (
        f"Say what each name means in services/{service}/api/glossary.json, under the name on the wire, `path.<name>` "
        'or `query.<name>`; where one schema means something else by it, in its field\'s metadata={"description": ...}.'
    )


def _codes_written_out(path: Path) -> Iterator[str]:
    """The codes that are answered without an error: `problem(status, message, code)`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "problem":
            code = node.args[2] if len(node.args) > 2 else None
            if isinstance(code, ast.Constant):
                yield code.value


def test_every_code_that_is_answered_is_in_the_catalogue() -> None:
    codes = api_document()["x-codes"]
    assert {code for path in SOURCES for code in _codes_written_out(path)} <= codes.keys()
    named = {
        code for _, _, operation in operations() for names in operation.get("x-codes", {}).values() for code in names
    }
    assert named <= codes.keys()
    assert PLAIN.keys() <= codes.keys()


def test_every_code_says_what_it_means() -> None:
    silent = [code for code, words in api_document()["x-codes"].items() if len(words["meaning"]) < 15]
    assert silent == []
