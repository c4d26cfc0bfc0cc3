"""How long a sign-in lasts, and what a refresh token that comes back means."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from shared.errors import Unauthenticated

# A client whose answer was lost on the way, or whose two tabs refresh at once, presents the former token once more.
LOST_ANSWER_GRACE = timedelta(seconds=10)


class SessionEnded(Unauthenticated):
    """The session was revoked, or a spent refresh token shows that somebody else may hold it."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long tokens are valid from the moment they are issued, and how long a session can be prolonged at most."""

    access: timedelta
    refresh: timedelta
    session: timedelta = timedelta(days=90)
    # Of a sign-in that is not to be remembered.
    unremembered: timedelta = timedelta(hours=12)

    def within(self, longest: timedelta) -> "Lifetimes":
        """These lifetimes, with no token valid for longer than that."""
        return replace(self, access=min(self.access, longest), refresh=min(self.refresh, longest))

    def of_session(self, *, is_remembered: bool, timeout_hours: int) -> "Lifetimes":
        """The lifetimes of one session. `timeout_hours` is what the institution allows between two refreshes; 0 for as
        long as the tokens live by themselves."""
        lifetimes = self if is_remembered else self.within(self.unremembered)
        return lifetimes.within(timedelta(hours=timeout_hours)) if timeout_hours else lifetimes


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a session lasts after its tokens were issued, and without a sign of life of its user; None for as long
    as the tokens live."""

    session: timedelta | None
    idle: timedelta | None

    @classmethod
    def of_hours(cls, session_hours: int, idle_hours: int) -> "Timeouts":
        """The timeouts of the settings, where 0 means none."""
        return cls(*(timedelta(hours=hours) if hours else None for hours in (session_hours, idle_hours)))

    def is_over(
        self, *, issued_at: datetime, last_activity_at: datetime | None, is_impersonation: bool, now: datetime
    ) -> bool:
        """Whether a session has lasted too long. What an admin does in somebody's name is no sign of life of theirs, so
        that such a session goes by its issue alone; it ends with the admin's own."""
        if self.session and now - issued_at > self.session:
            return True
        if self.idle is None or is_impersonation:
            return False
        return now - max(issued_at, last_activity_at or issued_at) > self.idle


class Refresh(Enum):
    """What to do about a refresh token."""

    ROTATE = auto()
    REPEAT = auto()
    REVOKE = auto()


def judge_refresh(presented: int, current: int, *, rotated_at: datetime, now: datetime) -> Refresh:
    """Rotate for the current token of a session, counted by rotations from 0. Repeat the answer for the one before
    within LOST_ANSWER_GRACE. Any other was spent long ago: one of its two holders is a thief, so revoke."""
    if presented == current:
        return Refresh.ROTATE
    if presented == current - 1 and now - rotated_at <= LOST_ANSWER_GRACE:
        return Refresh.REPEAT
    return Refresh.REVOKE
