"""What notifications keeps about a member: when their loans fall due, and mails to them or about them."""

from sqlalchemy import Text, cast, or_, select

from services.notifications.models import LoanDues, Mail
from shared.backup.contents import Section
from shared.directory.tables import directory_member
from shared.member_data import MEMBER, records

_theirs = directory_member.c.id == MEMBER
_address = select(directory_member.c.email).where(_theirs).scalar_subquery()
_name = select(directory_member.c.first_name + " " + directory_member.c.last_name).where(_theirs).scalar_subquery()

SECTIONS = (
    Section("dues", records(LoanDues).where(LoanDues.member_id == MEMBER)),
    # Who asks for what is kept of them gets no links by which others sign in.
    Section(
        "mails",
        records(Mail, "sealed_link", "dedupe").where(
            or_(Mail.recipient == _address, cast(Mail.variables, Text).contains(_name, autoescape=False))
        ),
    ),
)
