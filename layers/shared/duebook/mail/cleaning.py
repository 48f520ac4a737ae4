"""Cleans the HTML of tenants' texts: nh3, which reads HTML as browsers do and writes it anew from a short list of tags."""

from __future__ import annotations

import re

import nh3

from duebook.domain.mail_html import MAX_HREF, SCHEMES, TAGS

WITH_CONTENT = frozenset({"script", "style", "title", "template", "noscript", "iframe", "object", "textarea", "svg", "math", "select"})
"""Of these not even the words inside are kept: they were never meant to be read."""
_OTHERWISE_TYPED = re.compile(r"<(/?)(b|i)(?=[\s>])", re.IGNORECASE)
_SCHEME = re.compile(r"\s*(?:https?://|mailto:|\{\{)", re.IGNORECASE)


def clean_html(html: str) -> str:
    """Return the HTML without anything a mail may not hold: other tags, other attributes, other addresses, comments; bold and italic in their newer names."""
    return nh3.clean(
        _OTHERWISE_TYPED.sub(lambda tag: f"<{tag[1]}{'strong' if tag[2] in 'bB' else 'em'}", html),
        tags=set(TAGS),
        clean_content_tags=set(WITH_CONTENT),
        attributes={"a": {"href"}},
        attribute_filter=_address,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


def _address(_tag: str, _attribute: str, value: str) -> str | None:
    plain = value.strip()
    return plain if len(plain) <= MAX_HREF and _SCHEME.match(plain) and not re.search(r"[\s\"<>]", plain) else None
