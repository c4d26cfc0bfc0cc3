"""What a view can come to is read from its code."""

from functools import cache
from typing import Any

from shared.errors import Conflict, NotFound
from shared.web.reach import Reach


class Gone(NotFound):
    """It was there."""


class Busy(Conflict):
    """Somebody else has it."""


class Wrong(Conflict):
    """Made wrongly."""


class Thing:
    def __init__(self, size: int) -> None:
        if size < 0:
            raise Wrong("No thing is that small.")

    @classmethod
    def of(cls, size: int) -> "Thing":
        raise Gone(f"There is no thing of {size}.")

    def take_hold_of_it(self) -> None:
        raise Busy("It is taken.")


def find(name: str) -> None:
    raise Gone(name)


@cache
def find_once(name: str) -> None:
    find(name)


STEPS = {"find": find}


def reached(view: Any) -> set[str]:
    return {error.__name__ for error in Reach("services.none").of(view).errors} - {"DomainError"}


def test_errors_are_found_behind_calls_tables_caches_methods_and_closures() -> None:
    def inner() -> None:
        find_once("x")

    def by_closure() -> None:
        inner()

    def by_table() -> None:
        STEPS["find"]("x")

    def by_method(thing: Any) -> None:
        thing.take_hold_of_it()

    def by_making() -> Thing:
        return Thing(1)

    def by_class_method() -> Thing:
        return Thing.of(2)

    assert reached(by_class_method) == {"Gone", "Wrong"}
    assert reached(by_closure) == {"Gone"}
    assert reached(by_table) == {"Gone"}
    assert reached(by_method) == {"Busy"}
    assert reached(by_making) == {"Wrong"}


def test_an_attribute_that_is_called_like_a_function_is_another_thing() -> None:
    def view(thing: Any) -> Any:
        return thing.find("x")

    assert reached(view) == set()
