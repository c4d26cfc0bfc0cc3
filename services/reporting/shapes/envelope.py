"""What several answers of reporting have."""

from shared import shapes


class AtRoot(shapes.Shape):
    """What stands beside the fields of an answer at the root, where they stand once more inside the envelope."""

    success = shapes.flag(always=True)
    message = shapes.text(of=shapes.given("message"))
