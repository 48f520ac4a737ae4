"""Anybody's question before signing in: whose pages are these, and how do they look?"""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from duebook import wiring
from duebook.runtime.observability import observed
from duebook.usecases.read_brand import read_brand
from duebook.web.brand_views import BrandView, brand_view
from duebook.web.callers import found
from duebook.web.json_api import json_api, refusals, resolve

FIVE_MINUTES = "public, max-age=300"

app = json_api("Duebook: brand")

Company = Annotated[str, Query(max_length=100)]


@app.get("/api/brand", responses=found(BrandView) | refusals(404))
def get_brand(company: Company) -> Response[BrandView]:
    """Show the brand of the business whose sign-in address carries a slug."""
    brand = brand_view(read_brand(company, directory=wiring.directory_store()))
    return Response(200, "application/json", brand, {"Cache-Control": FIVE_MINUTES})


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)
