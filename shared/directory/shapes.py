"""What everybody shows of staff, unions and members.

Who shows more, or something else where the directory knows nothing, extends these shapes in its own `shapes.py`.
"""

from shared import shapes
from shared.context import Role
from shared.directory.short_codes import short_code


class Person(shapes.Shape):
    id = shapes.identifier()
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)


class UserRef(Person):
    """Somebody of the staff. The address is empty until the event of their account has come."""

    email = shapes.text(missing="")


class StaffRef(UserRef):
    role = shapes.choice(Role)


class UnionRef(shapes.Shape):
    id = shapes.identifier()
    name = shapes.text()
    location = shapes.text(maybe=True)


class BranchRef(shapes.Shape):
    """A union in short, as older pages call it."""

    id = shapes.identifier()
    name = shapes.text()
    code = shapes.text(of=short_code)


class Manager(UserRef):
    """The credit officer of a union, as older pages call them."""

    role = shapes.choice(Role, always=Role.CREDIT_OFFICER)


class BranchCounts(shapes.Shape):
    """A union has one credit officer, who is all of its staff."""

    users = shapes.count(always=1)
    customers = shapes.count(of="member_count")
    loans = shapes.count(of="loan_count")


class Branch(BranchRef):
    """A union as a branch: its officer is the manager and the only one of its staff."""

    managerId = shapes.identifier(of="officer_id")
    manager = shapes.nested(Manager, "officer_")
    isActive = shapes.flag(always=True)
    createdAt = shapes.moment()
    updatedAt = shapes.moment()
    _count = shapes.nested(BranchCounts)


class UnionFacts(UnionRef):
    address = shapes.text(maybe=True)
    creditOfficerId = shapes.identifier(of="officer_id")


class Union(UnionFacts):
    """The fields of a union itself."""

    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class MemberRef(shapes.Shape):
    id = shapes.identifier()
    code = shapes.text()
    firstName = shapes.text()
    lastName = shapes.text()


class MemberContact(MemberRef):
    email = shapes.text(maybe=True)
    phone = shapes.text(maybe=True)


class MemberDetails(shapes.Shape):
    """What only a page about a member shows. Events of members carry these facts as `details`."""

    address = shapes.text(maybe=True)
    dateOfBirth = shapes.day(maybe=True)
    gender = shapes.text(maybe=True)
    maritalStatus = shapes.text(maybe=True)
    profession = shapes.text(maybe=True)
    company = shapes.text(maybe=True)
    city = shapes.text(maybe=True)
    state = shapes.text(maybe=True)
    country = shapes.text(maybe=True)
    zipCode = shapes.text(maybe=True)
    note = shapes.text(maybe=True)
    profileImage = shapes.public_file(maybe=True)
    isVerified = shapes.flag()


class Member(MemberContact):
    """The fields of a member themselves; `branchId` is what older pages call the union."""

    details = shapes.included(MemberDetails)
    unionId = shapes.identifier()
    branchId = shapes.identifier(of="union_id")
    currentOfficerId = shapes.identifier(of="officer_id")
    createdAt = shapes.moment()
    updatedAt = shapes.moment()


class MemberOfDirectory(Member):
    """The fields of a member as services know them that follow membership: a row of the directory."""

    details = shapes.included(MemberDetails, within="details")
    createdAt = shapes.moment(maybe=True, within="details")
    updatedAt = shapes.moment(maybe=True, within="details")
