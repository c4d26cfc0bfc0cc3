"""What is shown of credit officers."""

from shared import shapes


class UnionCount(shapes.Shape):
    unions = shapes.count()


class Officer(shapes.Shape):
    """A credit officer with their sign-ins and unions."""

    id = shapes.identifier()
    firstName = shapes.text(maybe=True)
    lastName = shapes.text(maybe=True)
    name = shapes.text()
    email = shapes.text()
    isActive = shapes.flag()
    lastLoginAt = shapes.moment(maybe=True)
    lastActivityAt = shapes.moment(maybe=True)
    loginCount = shapes.count()
    _count = shapes.nested(UnionCount)
    unionCount = shapes.count(of="unions")
