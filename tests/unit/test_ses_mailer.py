"""SES as the mailer: what each of its answers means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from duebook.domain.email_activity import Accepted, MailKey, MailKind, MailText, NotNow, OutgoingMail, Refused
from duebook.domain.identifiers import derived_ulid
from duebook.errors import TransientError
from duebook.mail.ses import SesMailer
from tests.builders import NOON

KEY = MailKey("ten_1", derived_ulid(NOON, "x"))
TEXT = MailText("Receipt", "<p>Thank you</p>", "Thank you")


@dataclass
class FakeSes:
    """Answers with a message id, or as told."""

    error: Exception | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def send_raw_email(self, **request: Any) -> dict[str, str]:
        self.calls.append(request)
        if self.error:
            raise self.error
        return {"MessageId": "ses-1"}


def mailer(ses: FakeSes) -> SesMailer:
    return SesMailer(ses, sender="billing@duebook.example", configuration_set="set-1")  # type: ignore[arg-type]


def mail(to: str = "ana@acme.example", tenant_id: str = "ten_1") -> OutgoingMail:
    return OutgoingMail(MailKey(tenant_id, KEY.mail_id), MailKind.RECEIPT, to, "Blue Ridge", None, TEXT, NOON)


def refused(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "why"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendRawEmail")


def test_a_mail_goes_to_one_destination_with_our_configuration_and_tags():
    ses = FakeSes()

    assert mailer(ses).send(mail()) == Accepted("ses-1")
    (call,) = ses.calls
    assert call["Destinations"] == ["ana@acme.example"]
    assert call["Source"] == "billing@duebook.example"
    assert call["ConfigurationSetName"] == "set-1"
    assert call["Tags"] == [{"Name": "tenant", "Value": "ten_1"}, {"Name": "mail_id", "Value": KEY.mail_id}]


def test_a_domain_in_other_letters_is_handed_over_in_ascii():
    ses = FakeSes()

    mailer(ses).send(mail("ana@stra\u00dfe.example"))

    assert ses.calls[0]["Destinations"] == ["ana@xn--strae-oqa.example"]


def test_tags_hold_only_what_ses_allows():
    ses = FakeSes()

    mailer(ses).send(mail(tenant_id="ten.1/x"))

    assert ses.calls[0]["Tags"][0]["Value"] == "ten-1-x"


@pytest.mark.parametrize("code", ["MessageRejected", "InvalidParameterValue", "MailFromDomainNotVerifiedException"])
def test_r62_a_refusal_is_final_and_says_why(code: str):
    assert mailer(FakeSes(refused(code))).send(mail()) == Refused(f"{code}: why")


@pytest.mark.parametrize("code", ["Throttling", "AccountSendingPausedException", "ConfigurationSetDoesNotExistException", "AccessDenied"])
def test_what_passes_or_can_be_mended_waits(code: str):
    assert mailer(FakeSes(refused(code))).send(mail()) == NotNow(f"SES answered {code}")


@pytest.mark.parametrize("error", [EndpointConnectionError(endpoint_url="https://ses"), ConnectTimeoutError(endpoint_url="https://ses")])
def test_a_connection_that_never_was_sent_nothing(error: Exception):
    assert isinstance(mailer(FakeSes(error)).send(mail()), NotNow)


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="https://ses"), refused("InternalFailure", 500)])
def test_a_lost_answer_is_told_as_such_because_the_mail_may_be_on_its_way(error: Exception):
    with pytest.raises(TransientError, match="SES"):
        mailer(FakeSes(error)).send(mail())


def test_an_address_that_is_none_is_refused_before_ses_is_asked():
    ses = FakeSes()

    assert mailer(ses).send(mail(to="ana@acme.example\r\nBcc: eve@evil.example")) == Refused("not an email address")
    assert ses.calls == []
