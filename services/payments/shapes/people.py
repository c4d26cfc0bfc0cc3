"""What is shown of members, unions and staff. Who is unknown to the directory so far has no names."""

from shared import shapes
from shared.context import Role
from shared.directory import shapes as directory
from shared.words import full_name


class User(shapes.Shape):
    id = shapes.identifier()
    email = shapes.text(missing="")


class Actor(User):
    role = shapes.choice(("", *Role), missing="")


class Staff(directory.UserRef):
    role = shapes.choice(("", *Role), missing="")


class AssignedOfficer(Staff):
    name = shapes.text(of=full_name)


class MemberRef(directory.MemberRef, maybe=("code", "firstName", "lastName")):
    """The member of a loan, as lists show them."""


class CustomerRef(MemberRef):
    """The member under the old name, with a telephone that is never null, because the web client's pages trip on it."""

    phone = shapes.text(missing="")


class Member(directory.MemberOfDirectory, maybe=("code", "firstName", "lastName", "isVerified")):
    """The member of a loan with all their own fields."""

    email = shapes.text(maybe=True, within="details")
    deletedAt = shapes.moment(maybe=True, always=None)


class Customer(Member):
    """The member under the old name, as in `CustomerRef`."""

    phone = shapes.text(missing="")


class UnionRef(directory.UnionRef, maybe=("name",)):
    """The union of a loan, as lists show it."""


class Union(directory.UnionFacts, maybe=("name",)):
    """The union of a loan with all its own fields."""

    creditOfficer = shapes.nested(Staff, "officer_")
    createdAt = shapes.moment(maybe=True)
    updatedAt = shapes.moment(maybe=True)
    deletedAt = shapes.moment(maybe=True, always=None)
