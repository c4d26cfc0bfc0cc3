"""What identity keeps about a member: whether loans of theirs are open, beside what every service knows."""

from services.identity.models import LoanOfMember
from shared.backup.contents import Section
from shared.member_data import MEMBER, records

SECTIONS = (Section("openLoans", records(LoanOfMember).where(LoanOfMember.member_id == MEMBER)),)
