"""What names a thing of ours: its id, as the text that stands in a path.

An id is a text or a whole number, as frameworks count them; it is compared as the text that stands in a path. Where the answer to a creation
shows none (`201` with `Location` alone), the last segment of the Location is it (RFC 9110 sections 10.2.2 and 15.3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.model import Exchange
from conformance.text import pointer

__all__ = ["id_in", "id_of"]


def id_in(recipe: Mapping[str, Any], document: Any) -> str | None:
    """The id of a representation or of an item of a list, by the recipe's pointer (`listed`, where items have it elsewhere); None when there
    is none.
    """
    found = pointer.first(document, recipe["id"])
    if found is None and "listed" in recipe:
        found = pointer.first(document, recipe["listed"])
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) else None


def id_of(recipe: Mapping[str, Any], exchange: Exchange) -> str | None:
    """The id that a good answer names: in its body, or, of a creation, in its Location."""
    if not exchange.ok:
        return None
    found = id_in(recipe, exchange.json)
    location = exchange.header("location") if found is None and exchange.status == 201 else None
    return found if location is None else unquote(_last_segment(location)) or None


def _last_segment(location: str) -> str:
    try:
        return urlsplit(location).path.rstrip("/").rpartition("/")[2]
    except ValueError:  # no URL
        return ""
