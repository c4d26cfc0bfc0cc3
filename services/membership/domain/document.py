"""How large a member's picture may be, and how many documents a new member comes with."""

MAX_PICTURE_BYTES = 5 * 1024 * 1024
# The gateway lets no longer form through than one with so many documents.
MAX_DOCUMENTS_OF_NEW_MEMBER = 5
