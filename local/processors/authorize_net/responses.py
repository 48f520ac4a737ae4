"""What a transaction is answered with. All scalars are strings here, unlike in reports."""

from __future__ import annotations

from typing import Any, Protocol

from local.processors.authorize_net.answers import ok_messages, unsuccessful
from local.processors.authorize_net.call import Answered, Call
from local.processors.authorize_net.codes import TEXTS, text_of
from local.processors.authorize_net.ledger import Entry


class Face(Protocol):
    """What may be shown of a card or a bank account."""

    @property
    def brand(self) -> str:
        """Brand of the card, or eCheck."""
        ...

    @property
    def last4(self) -> str:
        """Last digits of its number."""
        ...


def of_entry(call: Call, entry: Entry, outcome: str | None = None) -> Answered:
    """Answer with what was booked; ``outcome`` when the list of calls should say something else than approved."""
    response = _response(entry.response_code, entry.trans_id, entry, entry)
    if entry.split_tender_id:
        response["splitTenderId"] = entry.split_tender_id
        left = entry.requested_minor - entry.amount_minor
        response["prePaidCard"] = {
            "requestedAmount": f"{entry.requested_minor / 100:.2f}",
            "approvedAmount": f"{entry.amount_minor / 100:.2f}",
            "balanceOnCard": "0.00" if left else "1.23",
        }
    if entry.response_code in {"1", "4"}:
        response["messages"] = [{"code": entry.reason_code, "description": text_of(entry.reason_code)}]
    else:
        response["errors"] = [{"errorCode": entry.reason_code, "errorText": text_of(entry.reason_code)}]
    if entry.kind == "refundTransaction" and call.quirk("blank_refund_reference"):
        response["refTransID"] = ""
    _echo_user_fields(call, response)
    response["transHashSha2"] = ""
    if entry.profile and entry.is_charge:
        response["profile"] = dict(entry.profile)
    if entry.response_code == "1" and not entry.is_echeck:
        response["networkTransId"] = network_id(entry)
    declined = entry.response_code == "2"
    failed = declined and call.options.get("declined_result_code") == "Error"
    return {"transactionResponse": response, "messages": unsuccessful() if failed else ok_messages()}, (
        outcome or ("declined" if declined else None)
    )


def error(code: str, face: Face | None = None) -> Answered:
    """Answer that the gateway itself refuses the transaction."""
    response = _response("3", "0", face)
    response["errors"] = [{"errorCode": code, "errorText": TEXTS.get(code, TEXTS["19"])}]
    response["transHashSha2"] = ""
    return {"transactionResponse": response, "messages": unsuccessful()}, "error"


def duplicate(first: Entry, face: Face, *, explicit: bool) -> Answered:
    """Answer that this was charged a moment ago; who sets the window himself is told which charge that was."""
    answer, outcome = error("11", face)
    if explicit:
        known = {"authCode": first.auth_code, "avsResultCode": first.avs, "cvvResultCode": first.cvv}
        answer["transactionResponse"].update(known, transId=first.trans_id)
    return answer, outcome


def test_approval(face: Face) -> Answered:
    """Answer in test mode: approved, and nothing is booked."""
    response = _response("1", "0", face)
    response |= {"authCode": "000000", "avsResultCode": "P", "testRequest": "1"}
    response["messages"] = [{"code": "1", "description": TEXTS["1"]}]
    return {"transactionResponse": response, "messages": ok_messages()}, None


def network_id(entry: Entry) -> str:
    """Return the card network's own id of a charge, which later charges of a stored card name."""
    return f"NTI{entry.trans_id.zfill(12)}"


def _response(code: str, trans_id: str, face: Face | None, entry: Entry | None = None) -> dict[str, Any]:
    return {
        "responseCode": code,
        "authCode": entry.auth_code if entry else "",
        "avsResultCode": entry.avs if entry else "P",
        "cvvResultCode": entry.cvv if entry else "",
        "cavvResultCode": "2" if code == "1" and (face is None or face.brand != "eCheck") else "",
        "transId": trans_id,
        "refTransID": entry.ref_trans_id if entry else "",
        "transHash": "",
        "testRequest": "0",
        "accountNumber": f"XXXX{face.last4}" if face and face.last4 else "",
        "accountType": face.brand if face else "",
    }


def _echo_user_fields(call: Call, response: dict[str, Any]) -> None:
    fields = call.transaction.get("userFields")
    sent = fields.get("userField") if isinstance(fields, dict) else None
    if sent:
        response["userFields"] = sent if isinstance(sent, list) else [sent]
