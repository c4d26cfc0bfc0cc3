"""The HTTP methods that clients may use. OPTIONS is answered by the gateway itself."""

ALLOWED = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# These change nothing (RFC 9110, section 9.2.1).
SAFE = frozenset({"GET", "HEAD"})
