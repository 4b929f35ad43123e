"""Where the documents let a server choose between two readings of a request: one function for each question."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from tests.second_transport.choices import Choices
from tests.second_transport.problems import Refusal, bad_parameter
from tests.second_transport.wire_json import admits

__all__ = ["accepts", "holds", "reads", "stopped", "unchanged"]

_TAGS = re.compile(r'\s*(W/)?"[^"]*"\s*(,\s*(W/)?"[^"]*"\s*)*')


def stopped(request: Request, body: bytes, choices: Choices) -> Response | None:
    """What a gateway answers to a request that is longer than the documents want it to be taken."""
    lengths = {
        413: len(body) > 65_536,
        414: len(request.url.path) + len(request.url.query) > 4_000,
        431: sum(len(name) + len(value) for name, value in request.headers.raw) > 8_000,
    }
    refused = next((status for status, long in lengths.items() if long), None) if choices.gateway else None
    return None if refused is None else Response("too long\n", refused, media_type="text/plain")


def accepts(request: Request, choices: Choices) -> bool:
    """Whether Accept admits the success body; what is said of it alone, and what is malformed."""
    said = request.headers.getlist("accept")
    if choices.easy and ("problem+json" in ",".join(said) or "/" not in ",".join(said)):
        return True
    return admits(said, "application/json")


def reads(request: Request, takes: str, choices: Choices) -> bool:
    """Whether a body is of the declared type; without Content-Type it is, for some."""
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return media == takes or (choices.easy and not media)


def unchanged(request: Request, tag: str, choices: Choices) -> bool:
    """Whether If-None-Match holds the tag."""
    offered = ",".join(request.headers.getlist("if-none-match")).strip()
    if choices.strict and offered not in ("", "*") and not _TAGS.fullmatch(offered):
        raise bad_parameter("If-None-Match", "不是標籤清單")
    return offered == "*" or tag in re.findall('"[^"]*"', offered)


def holds(request: Request, tag: str, choices: Choices) -> None:
    """Refuses a change that is not based on the current tag."""
    tags = request.headers.getlist("if-match")
    if not tags or (choices.strict and not "".join(tags).strip()):
        raise Refusal("precondition-required")
    listed = ",".join(tags)
    among = choices.easy and _TAGS.fullmatch(listed) and re.search(rf"(?<!W/){re.escape(tag)}", listed)
    if tags != [tag] and not among:
        raise Refusal("precondition-failed")
