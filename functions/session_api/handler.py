"""Sessions of contacts and payers, and contacts' passwords. No authorizer stands before these calls: the session's own cookie is read here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.depends import Depends

from duebook import wiring, wiring_identity
from duebook.errors import AccessDeniedError, NotSignedInError, ViewOnlyError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed, new_secret
from duebook.runtime.observability import observed
from duebook.usecases import contact_session as sessions
from duebook.usecases.ask_for_link import forgot_password, renew_link
from duebook.usecases.payer_session import LetIn, current_payer, open_pay_link
from duebook.usecases.set_password import change_password, redeem_link
from duebook.usecases.view_portal import Looking, current_view
from duebook.web import contact_sessions as web
from duebook.web.callers import made, taken_on
from duebook.web.contact_callers import PAYS_ONLY, VIEWS_ONLY
from duebook.web.json_api import answer, json_api, refusals, resolve
from duebook.web.requests import client_address
from duebook.web.sessions import CONTACT, PAYER_TOKENS, is_from_our_pages, is_payers, is_viewers, token_hash

app = json_api("Duebook: signing contacts in")


def own_page() -> None:
    """Refuse what another site's page sends: these calls set or end a cookie, or send a mail."""
    if not is_from_our_pages(app.current_event.raw_event):
        raise AccessDeniedError("This call needs to come from our own pages, as JSON.")


def session_token() -> str:
    """Return the caller's session token."""
    token = CONTACT.token(app.current_event.raw_event)
    if token is None:
        raise NotSignedInError("sign in first")
    return token


def session_hash() -> str:
    """Return what a contact's session is stored under; payers have none of a contact's (R74), nor have staff who look on."""
    token = session_token()
    if is_payers(token):
        _payer(token)
        raise AccessDeniedError(PAYS_ONLY)
    if is_viewers(token):
        _looking(token)
        raise ViewOnlyError(VIEWS_ONLY)
    return token_hash(token)


OwnPage = Annotated[None, Depends(own_page)]
Token = Annotated[str, Depends(session_token)]
Session = Annotated[str, Depends(session_hash)]


@app.post("/api/session", responses=made(web.SessionView))
def post_session(_: OwnPage, body: web.SignInBody) -> Response[web.SessionView]:
    """Sign in."""
    token, door = new_secret("con"), wiring_identity.door(utc_now())
    signed_in = sessions.sign_in_contact(
        body.email,
        body.password,
        address=_address(),
        token_hash=token_hash(token),
        fits=wiring_identity.password_rules().fits,
        transient=wiring.transient_store(),
        door=door,
    )
    return web.begun(token, _view(signed_in, door))


@app.post("/api/session/pay-link", responses=made(web.SessionView) | refusals(410))
def post_pay_link(_: OwnPage, body: web.PayLinkBody) -> Response[web.SessionView]:
    """Let in whoever has the link to pay of a mail, for paying alone; the link stays good until it expires or is revoked."""
    token = new_secret(PAYER_TOKENS)
    payer = open_pay_link(
        hashed(body.token),
        address=_address(),
        session_hash=token_hash(token),
        links=wiring_identity.pay_link_store(),
        transient=wiring.transient_store(),
        now=utc_now(),
    )
    return web.begun(token, web.payer_view(payer))


@app.get("/api/session")
def get_session(token: Token) -> web.SessionView:
    """Show who is signed in; a session in use goes on."""
    if is_payers(token):
        return web.payer_view(_payer(token))
    if is_viewers(token):
        return web.viewer_view(_looking(token))
    door = wiring_identity.door(utc_now())
    return _view(sessions.current_contact(token_hash(token), door), door)


@app.delete("/api/session")
def delete_session(_: OwnPage) -> Response[str]:
    """Sign out; who is signed out stays so."""
    token = CONTACT.token(app.current_event.raw_event)
    if token is not None:
        _end(token)
    return web.ended()


@app.delete("/api/session/everywhere")
def delete_every_session(_: OwnPage, session: Session) -> Response[str]:
    """Sign out here and on every other device."""
    sessions.sign_out_everywhere(session, wiring_identity.door(utc_now()))
    return web.ended()


@app.post("/api/session/membership")
def post_membership(_: OwnPage, session: Session, body: web.MembershipBody) -> web.SessionView:
    """Go on for another customer of the same sign-in."""
    door = wiring_identity.door(utc_now())
    return _view(sessions.switch_membership(session, body.membership_id, door), door)


@app.post("/api/password/forgot", responses=taken_on(web.Nothing))
def post_forgot(_: OwnPage, body: web.ForgotBody) -> Response[web.Nothing]:
    """Mail a link to set a new password, if the address has portal access; the answer does not tell."""
    forgot_password(body.email, address=_address(), transient=wiring.transient_store(), desk=wiring_identity.link_desk(utc_now()))
    return answer(HTTPStatus.ACCEPTED, web.Nothing())


@app.post("/api/password/resend", responses=taken_on(web.Nothing))
def post_resend(_: OwnPage, body: web.RenewBody) -> Response[web.Nothing]:
    """Mail a new link in place of one that has ended; the answer does not tell."""
    renew_link(
        hashed(body.token),
        address=_address(),
        passes=wiring_identity.pass_store(),
        transient=wiring.transient_store(),
        desk=wiring_identity.link_desk(utc_now()),
    )
    return answer(HTTPStatus.ACCEPTED, web.Nothing())


@app.post("/api/password/set", responses=made(web.SessionView) | refusals(410))
def post_password(_: OwnPage, body: web.SetPasswordBody) -> Response[web.SessionView]:
    """Set the password that a mailed link stands for, and sign in."""
    token, door = new_secret("con"), wiring_identity.door(utc_now())
    rules = wiring_identity.password_rules()
    signed_in = redeem_link(hashed(body.token), body.password, token_hash=token_hash(token), rules=rules, door=door)
    return web.begun(token, _view(signed_in, door))


@app.post("/api/portal/profile/password")
def post_own_password(session: Session, body: web.ChangePasswordBody) -> Response[str]:
    """Change one's own password; other sessions end, this one stays."""
    change_password(
        session,
        body.current_password,
        body.password,
        rules=wiring_identity.password_rules(),
        transient=wiring.transient_store(),
        door=wiring_identity.door(utc_now()),
    )
    return Response(HTTPStatus.NO_CONTENT.value, body="")


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _end(token: str) -> None:
    if is_viewers(token):
        wiring_identity.portal_view_store().end(token_hash(token))
    elif is_payers(token):
        wiring_identity.pay_link_store().end_session(token_hash(token))
    else:
        wiring_identity.pass_store().end_session(token_hash(token))


def _looking(token: str) -> Looking:
    views, transient = wiring_identity.portal_view_store(), wiring.transient_store()
    return current_view(token_hash(token), views=views, transient=transient, now=utc_now())


def _payer(token: str) -> LetIn:
    return current_payer(token_hash(token), links=wiring_identity.pay_link_store(), now=utc_now())


def _address() -> str:
    return client_address(app.current_event.raw_event)


def _view(signed_in: sessions.SignedIn, door: sessions.Doorkeeper) -> web.SessionView:
    return web.session_view(signed_in, sessions.open_accesses(signed_in.login.login_id, door))
