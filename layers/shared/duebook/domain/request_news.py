"""What the requester is told about a service request."""

from __future__ import annotations

from dataclasses import dataclass

from duebook.domain.directory import Contact, Customer, Tenant
from duebook.domain.service_requests import ServiceRequest


@dataclass(frozen=True, slots=True)
class RequestNews:
    """A request as it stands, with whose it is and who asked, as they are called today."""

    tenant: Tenant
    customer: Customer
    contact: Contact
    request: ServiceRequest
