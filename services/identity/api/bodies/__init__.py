"""What comes in: bodies, forms and filters, a module per resource."""

from services.identity.api.bodies.auth import PasswordChangeBody
from services.identity.api.bodies.settings import GeneralChangesBody, NotificationsBody, SystemChangesBody
from services.identity.api.bodies.staff import ImportedUser, UserChangesBody
from shared.fields import names_on_the_wire

FIELD_NAMES = names_on_the_wire(
    UserChangesBody, ImportedUser, PasswordChangeBody, GeneralChangesBody, NotificationsBody, SystemChangesBody
)
"""What clients call the fields that errors name."""
