"""What any HTTP function reads of an API Gateway event, and the one table from our errors to HTTP statuses."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hmac import compare_digest
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from duebook import errors
from duebook.runtime.settings import optional

LONGEST_QUERY_VALUE = 200
MOST_FORM_FIELDS = 20
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

STATUS: dict[type[errors.DuebookError], HTTPStatus] = {
    errors.UnprocessableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidInputError: HTTPStatus.BAD_REQUEST,
    errors.PaymentDeclinedError: HTTPStatus.PAYMENT_REQUIRED,
    errors.MethodRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotSignedInError: HTTPStatus.UNAUTHORIZED,
    errors.AccessDeniedError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.LinkExpiredError: HTTPStatus.GONE,
    errors.TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TransientError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Class to status; a subclass takes its nearest ancestor's. What is not listed is ours to mend: 500."""

TITLES = {
    400: "The request cannot be understood",
    401: "Sign in first",
    402: "The payment was declined",
    403: "Not allowed",
    404: "Not found",
    405: "Not opened this way",
    409: "Something changed meanwhile",
    410: "No longer valid",
    415: "Not a form of data that is read here",
    422: "Something in the request needs correcting",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Not available at the moment",
}


def status_of(error: errors.DuebookError) -> HTTPStatus:
    """Return the HTTP status of one of our errors."""
    for ancestor in type(error).__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def came_through_our_front(event: Mapping[str, Any]) -> bool:
    """Tell whether a call came through CloudFront, where there is one: it knows the origin secret."""
    secret = optional("ORIGIN_SECRET")
    return secret is None or compare_digest((header(event, "x-origin-secret") or "").encode(), secret.encode())


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Return a request header by its lower-case name."""
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), None)


def media_type(event: Mapping[str, Any]) -> str:
    """Return what a request's body is said to be, such as ``application/json``; empty when nothing is said."""
    return (header(event, "content-type") or "").split(";")[0].strip().lower()


def query_value(event: Mapping[str, Any], name: str) -> str:
    """Return a value of the query, outer blanks trimmed and cut to a sane length; empty when it is absent."""
    return str((event.get("queryStringParameters") or {}).get(name) or "").strip()[:LONGEST_QUERY_VALUE]


def form_fields(event: Mapping[str, Any], most: int = MOST_FORM_FIELDS) -> dict[str, str]:
    """Return the fields of a posted form, of which there are at most so many.

    Raises:
        InvalidInputError: Too many of them.
    """
    body = event.get("body") or ""
    text = base64.b64decode(body).decode("utf-8", "replace") if event.get("isBase64Encoded") else body
    try:
        return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True, max_num_fields=most).items()}
    except ValueError as error:
        raise errors.InvalidInputError(f"a form has at most {most} fields") from error


def bounded_body(event: Mapping[str, Any], most_bytes: int) -> bytes:
    """Return a request's body byte for byte as it was sent, for whoever checks a signature over it.

    Raises:
        InvalidInputError: It is longer than allowed, or says that it is base64 and is not.
    """
    body = event.get("body") or ""
    try:
        sent = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else str(body).encode("utf-8", "surrogatepass")
    except binascii.Error as error:
        raise errors.InvalidInputError("the body cannot be read") from error
    if len(sent) > most_bytes:
        raise errors.InvalidInputError(f"the body has at most {most_bytes} bytes")
    return sent


def client_address(event: Mapping[str, Any]) -> str:
    """Return the caller's address: as CloudFront tells it behind our front, else as the gateway saw it."""
    if optional("ORIGIN_SECRET"):
        viewer = header(event, "x-viewer-address")
        if viewer:
            return viewer
    if optional("STAGE") == "local":
        forwarded = header(event, "x-forwarded-for")
        if forwarded:
            return forwarded.split(",")[0].strip()
    return str(event["requestContext"]["identity"]["sourceIp"])
