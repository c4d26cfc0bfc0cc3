from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import func, select, text

from services.identity.domain.recovery import LinkPurpose
from services.identity.models import OneTimeLink, RecoveryRequest, StaffSession, User
from services.identity.steps.password_providers import OwnPasswords
from services.identity.tests.conftest import (
    AT,
    LIFETIMES,
    audited,
    begin,
    everything_kept,
    mailed_links,
    notices,
    secret_of,
)
from services.identity.usecases.passwords import LinkRefused, reset_password
from services.identity.usecases.recovery import answer_requests, ask_for_link, mail_link
from services.identity.usecases.sign_in import InvalidCredentials, SignInPolicy, sign_in
from shared.clock import now
from shared.seals import Seal, SealBroken
from shared.testing import check_contract, event_keys

FRONT, PUBLIC = "https://app.example.org", "https://api.example.org"
RESET, MAGIC = LinkPurpose.PASSWORD_RESET, LinkPurpose.MAGIC_LINK
POLICY = SignInPolicy(LIFETIMES, 3, failures_per_network=100)


@pytest.fixture
def ask(work, sessions, settings):
    """Asks for a link to an address, and lets the worker answer."""

    def ask(email, purpose=RESET, *, protected=()):
        with work() as uow:
            ask_for_link(uow, email=email, purpose=purpose, per_email=100, per_network=100, at=now())
        send = partial(mail_link, frontend_url=FRONT, public_url=PUBLIC, seal=settings.seal_of_links)
        answer_requests(sessions, send, protected=protected, clock=now)

    return ask


@pytest.fixture
def mailed(sessions, settings):
    """The links that wait to be mailed, oldest first."""

    return partial(mailed_links, sessions, settings)


@pytest.fixture
def a_minute_later(sessions):
    """Lets a minute pass for the links that were made."""

    def pass_a_minute():
        with sessions.begin() as session:
            session.execute(text("UPDATE one_time_link SET created_at = created_at - interval '61 seconds'"))

    return pass_a_minute


@pytest.fixture
def provider(app):
    return OwnPasswords(app.extensions["identity"].hashes)


@pytest.fixture
def prove(sessions, provider):
    """What a link proves."""
    reading = sessions.kw["bind"].connect

    def prove(link, purpose=RESET, email=None):
        return provider.prove_link(reading, purpose=purpose, email=email, token=secret_of(link))

    return prove


def test_a_reset_link_leads_to_the_page_of_the_web_client(ask, mailed, a_user):
    user = a_user(email="ada+loans@example.org")
    ask(user.email)
    [link] = mailed()
    assert link.startswith(f"{FRONT}/auth/reset-password?email=ada%2Bloans%40example.org&token=")


def test_a_magic_link_leads_to_us(ask, mailed, a_user):
    ask(a_user().email, MAGIC)
    [link] = mailed()
    assert link.startswith(f"{PUBLIC}/api/auth/magic-link/verify?token=")


def test_the_secret_is_long_and_nowhere_in_the_tables_of_links(ask, mailed, a_user, sessions):
    ask(a_user().email)
    token = secret_of(mailed()[0])
    assert len(token) >= 43
    with sessions() as session:
        [row] = session.scalars(select(OneTimeLink)).all()
    assert token not in str(vars(row))


def test_a_link_is_kept_in_the_clear_nowhere_and_opened_by_notifications_alone(ask, mailed, a_user, sessions, settings):
    for purpose in (RESET, MAGIC):
        ask(a_user().email, purpose)
    secrets_mailed = [secret_of(link) for link in mailed()]
    assert len(secrets_mailed) == 2
    kept = everything_kept(sessions)
    assert not [secret for secret in secrets_mailed if secret in kept]
    # Nor can it be opened by what every service knows.
    [event, _] = notices(sessions, "recovery.requested")
    for key in (settings.internal_secret, *(key.hex() for key in event_keys("lending").checking.values())):
        with pytest.raises(SealBroken):
            Seal([key]).open(event.data["sealed_link"])


@pytest.mark.parametrize("facts", [None, {"is_active": False}, {"deleted_at": AT}], ids=str)
def test_nobody_is_mailed_who_may_not_sign_in(ask, mailed, a_user, sessions, facts):
    ask("nobody@example.org" if facts is None else a_user(**facts).email)
    assert mailed() == []
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(RecoveryRequest)) == 0


def test_a_protected_account_gets_no_reset_link_but_may_sign_in_by_one(ask, mailed, a_user):
    user = a_user()
    ask(user.email, RESET, protected={user.email})
    assert mailed() == []
    ask(user.email, MAGIC, protected={user.email})
    assert len(mailed()) == 1


def test_two_requests_in_a_minute_are_one_mail_whose_link_goes_on_working(ask, mailed, a_user, prove):
    user = a_user()
    ask(user.email)
    ask(user.email)
    [link] = mailed()
    assert prove(link).user_id == user.id


def test_of_many_who_ask_at_once_one_has_a_link_made(ask, mailed, a_user, work, sessions, settings):
    user = a_user()
    for _ in range(8):
        with work() as uow:
            ask_for_link(uow, email=user.email, purpose=RESET, per_email=100, per_network=100, at=now())
    send = partial(mail_link, frontend_url=FRONT, public_url=PUBLIC, seal=settings.seal_of_links)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: answer_requests(sessions, send, protected=(), clock=now), range(4)))
    assert len(mailed()) == 1
    check_contract(notices(sessions)[0])


def test_a_new_link_makes_the_older_one_worthless(ask, mailed, a_user, prove, a_minute_later):
    user = a_user()
    ask(user.email)
    a_minute_later()
    ask(user.email)
    old, new = mailed()
    assert prove(old) is None
    assert prove(new).user_id == user.id


@pytest.mark.parametrize("change", [{"password_hash": "another"}, {"email": "new@example.org"}, {"deleted_at": AT}])
def test_a_change_of_password_or_address_makes_a_link_worthless(ask, mailed, a_user, prove, work, change):
    user = a_user()
    ask(user.email)
    with work() as uow:
        for name, value in change.items():
            setattr(uow.session.get(User, user.id), name, value)
    assert prove(mailed()[0]) is None


@pytest.mark.parametrize(("purpose", "minutes"), [(RESET, 60), (MAGIC, 15)])
def test_a_link_expires(ask, mailed, a_user, prove, sessions, purpose, minutes):
    ask(a_user().email, purpose)
    assert prove(mailed()[0], purpose)
    with sessions.begin() as session:
        session.execute(text(f"UPDATE one_time_link SET expires_at = expires_at - interval '{minutes} minutes'"))
    assert prove(mailed()[0], purpose) is None


def test_a_link_serves_one_purpose_and_one_address(ask, mailed, a_user, prove):
    user = a_user()
    ask(user.email, RESET)
    ask(user.email, MAGIC)
    reset, magic = mailed()
    assert prove(reset, MAGIC) is None
    assert prove(magic, RESET) is None
    assert prove(reset, RESET, "other@example.org") is None
    assert prove(reset, RESET, user.email)


def test_of_twenty_who_use_a_magic_link_at_once_one_signs_in(ask, mailed, a_user, prove, work, sessions):
    ask(a_user().email, MAGIC)
    proof = prove(mailed()[0], MAGIC)

    def use(_):
        try:
            with work() as uow:
                sign_in(uow, proof=proof, policy=POLICY, at=now())
        except InvalidCredentials:
            return 0
        return 1

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(use, range(20))) == 1
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 1


def test_a_reset_sets_the_password_once_ends_all_sessions_and_tells_the_owner(
    ask, mailed, a_user, prove, work, uow, provider, sessions
):
    user = a_user(password_is_temporary=True)
    with work() as before:
        begin(before, user, at=now())
    ask(user.email)
    proof = prove(mailed()[0])
    reset_password(uow, proof=proof, password_hash=provider.keep(proof, "Another-1"), at=now())
    assert audited(uow) == ["PASSWORD_RESET"]
    [entry] = [envelope.data for envelope in uow.published if ".audit." in envelope.type]
    assert entry["metadata"]["method"] == "reset-link"
    changed = uow.session.get(User, user.id)
    assert provider.hashes.matches("Another-1", changed.password_hash)
    assert changed.password_is_temporary is False
    assert uow.session.scalars(select(StaffSession.revoked_reason)).all() == ["password-changed"]
    assert "identity.password.changed.v1" in [event.type for event in uow.published]
    with pytest.raises(LinkRefused):
        reset_password(uow, proof=proof, password_hash="third", at=now())
