"""The tests say which RabbitMQ they ran on, for compose runs another than Debian has."""

import re

import pytest

from deploy import testing_broker
from deploy.testing_broker import real_broker, version_of


def test_the_broker_of_the_tests_names_its_version(broker_url):
    version = version_of(broker_url)
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", version)
    with real_broker() as broker:
        assert broker.why.startswith(f"the one in BROKER_URL; version {version}")
        assert ("NOT the 4 of compose" in broker.why) == (not version.startswith("4."))


@pytest.mark.parametrize(("version", "said"), [("4.1.2", "as compose has it"), ("3.10.8", "NOT the 4 of compose")])
def test_a_run_on_another_version_than_that_of_compose_says_so(version, said):
    assert said in testing_broker._version_line(version)
