"""What is published about events, by the running platform: a valid document, and a page that a person can read."""

import json
from html import unescape
from urllib.request import urlopen

from tests.contracts.test_asyncapi import faults
from tests.contracts.test_events import CONTRACTS


def published(platform, path):
    with urlopen(f"{platform.url}/api/docs/{path}") as answer:
        return answer.read().decode()


def test_the_document_of_all_events_is_valid_as_it_is_served(platform):
    document = json.loads(published(platform, "asyncapi.json"))
    assert faults(document) == []
    assert set(CONTRACTS) <= set(document["channels"])


def test_the_page_shows_every_event_with_its_fields_followers_and_an_example(platform):
    page = unescape(published(platform, "events"))
    for event_type, contract in CONTRACTS.items():
        # A link to what is in a closed section opens it.
        section = next(part for part in page.split("<details>") if f'id="{event_type}"' in part)
        assert contract["description"] in section
        assert all(f"<code>{name}</code>" in section for name in contract["properties"])
        assert f'"type": "{event_type}"' in section
        assert "Followed by" in section
    assert "<script" not in page
