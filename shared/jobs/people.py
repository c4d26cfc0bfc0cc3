"""Who asked for a job, as they are when it is done."""

from sqlalchemy import Connection, select

from shared.context import Actor, Role
from shared.directory.tables import directory_staff
from shared.jobs.errors import PersonGone
from shared.jobs.job import FileJob


def actor_of(connection: Connection, job: FileJob) -> Actor:
    """Who asked for the file, with the role they have now. Raises PersonGone."""
    staff = directory_staff.c
    query = select(staff.id, staff.email, staff.role).where(
        staff.id == job.person_id, staff.is_active, ~staff.is_deleted
    )
    person = connection.execute(query).one_or_none()
    if person is None:
        raise PersonGone("Who asked for this is no longer on the staff.")
    return Actor(person.id, person.email, Role(person.role), job.id)
