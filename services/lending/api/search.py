"""One search over members, unions and loans."""

from flask import Blueprint, Response

from services.lending.queries.found import members_found, unions_found
from services.lending.queries.loan_list import loan_page
from services.lending.shapes.found import Found
from shared.fields import BodySchema, Text
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

search = Blueprint("search", __name__, url_prefix="/search")

MOST_OF_EACH = 8


class SearchQuery(BodySchema):
    """The words that are looked for."""

    search = Text(max=100, blank_is_none=True, metadata={"description": "Words; each has to be in what is found."})


@search.get("")
@requires()
@documented("Search members, unions and loans", name="search", query=SearchQuery, answer=Found)
def get_found() -> Response:
    """What whoever asks may see and has all the words in it: members by code, name, e-mail or telephone, unions by name
    or place, loans by their number or by their member or union. The newest members and loans first, eight of each kind;
    the lists have the rest, and how many there are."""
    words, actor = load_query(SearchQuery).get("search"), current_actor()
    if not words:
        return success(Found.of(None, members=[], unions=[], loans=[]), "Nothing to search for.")
    with reading() as connection:
        members = members_found(connection, actor, words, limit=MOST_OF_EACH)
        unions = unions_found(connection, actor, words, limit=MOST_OF_EACH)
        loans, _ = loan_page(connection, actor, {"search": words}, limit=MOST_OF_EACH, offset=0)
    return success(Found.of(None, members=members, unions=unions, loans=loans), "Search completed.")
