"""What all filters of payments have in common."""

from typing import Any

from marshmallow import post_load

from shared.fields import BodySchema


class Filters(BodySchema):
    """A filter without a value is none."""

    @post_load
    def _only_given(self, filters: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in filters.items() if value is not None}
