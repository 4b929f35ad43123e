"""Set-up for scripts: what has to be there before a check can ask its question.

Everything here is a script itself (`yield from given.ready(...)`), so its exchanges are recorded like all others, under a
step that begins with `given:`. Nothing is known of a domain: parameter values come from the OpenAPI `links` of the
document (a link from `listStops` to `getStop` says where stopUids are found), from the vendor's seed data, or from the
`setup` recipes of requirements.yaml, which say how a resource is made.

Where something cannot be had, the script ends with `Unmet` and the case is `inconclusive` for that reason.
"""

from __future__ import annotations

from conformance.given.finding import (
    bodies,
    created,
    creation,
    everything,
    filled,
    links_to,
    listed,
    matching,
    ready,
    ready_many,
    sort_key,
    stocked,
    values_for,
)
from conformance.given.lives import Created, change, clean_up, machine, made, move, onward, read, retag
from conformance.given.templates import TAIPEI, TEMPLATES, fill
from conformance.given.watching import watched

__all__ = [
    "TAIPEI",
    "TEMPLATES",
    "Created",
    "bodies",
    "change",
    "clean_up",
    "created",
    "creation",
    "everything",
    "fill",
    "filled",
    "links_to",
    "listed",
    "machine",
    "made",
    "matching",
    "move",
    "onward",
    "read",
    "ready",
    "ready_many",
    "retag",
    "sort_key",
    "stocked",
    "values_for",
    "watched",
]
