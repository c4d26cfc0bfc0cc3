"""What is shown of what a team did."""

from services.reporting.shapes.envelope import AtRoot
from shared import shapes


class OfficerActivity(shapes.Shape):
    """What an officer did."""

    officerId = shapes.identifier()
    officerName = shapes.text()
    counts = shapes.anything({"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}})
    lastActionAt = shapes.moment(maybe=True)


class DayOfActivity(shapes.Shape):
    date = shapes.day()
    total = shapes.count(of="entries", description="Audit entries of that day.")


class ActivityFields(shapes.Shape):
    byOfficer = shapes.listed(OfficerActivity, of="officers")
    daily = shapes.listed(DayOfActivity, of="days")


class Activity(ActivityFields, AtRoot):
    """What a team did, at the root, and once more inside the envelope."""

    data = shapes.nested(ActivityFields)
