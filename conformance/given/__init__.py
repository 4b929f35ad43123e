"""Set-up for scripts: what has to be there before a check can ask its question.

Everything here is a script itself (`yield from given.ready(...)`), so its exchanges are recorded like all others, under a
step that begins with `given:`. Nothing is known of a domain: parameter values come from the OpenAPI `links` of the
document (a link from `listStops` to `getStop` says where stopUids are found), from the vendor's seed data, or from the
`setup` recipes of requirements.yaml, which say how a resource is made.

Where something cannot be had, the script ends with `Unmet` and the case is `inconclusive` for that reason.
"""

from __future__ import annotations

from conformance.given.choosing import first_made, kinds_listed, kinds_of
from conformance.given.finding import (
    Things,
    bodies,
    created,
    everything,
    filled,
    matching,
    ready,
    ready_many,
    standing,
    values_for,
)
from conformance.given.leads import far_along, links_to, target_of
from conformance.given.lives import (
    Created,
    came_of,
    change,
    changed,
    clean_up,
    creation,
    deletion,
    machine,
    made,
    move,
    onward,
    read,
    retag,
    with_document,
)
from conformance.given.naming import id_in, id_of
from conformance.given.stocking import in_place, listed, listing, shelf, shown_in, sort_key, stocked, stood_on, visible
from conformance.given.templates import TAIPEI, TEMPLATES, fill
from conformance.given.times import the_time, told
from conformance.given.watching import watched

__all__ = [
    "TAIPEI",
    "TEMPLATES",
    "Created",
    "Things",
    "bodies",
    "came_of",
    "change",
    "changed",
    "clean_up",
    "created",
    "creation",
    "deletion",
    "everything",
    "far_along",
    "fill",
    "filled",
    "first_made",
    "id_in",
    "id_of",
    "in_place",
    "kinds_listed",
    "kinds_of",
    "links_to",
    "listed",
    "listing",
    "machine",
    "made",
    "matching",
    "move",
    "onward",
    "read",
    "ready",
    "ready_many",
    "retag",
    "shelf",
    "shown_in",
    "sort_key",
    "standing",
    "stocked",
    "stood_on",
    "target_of",
    "the_time",
    "told",
    "values_for",
    "visible",
    "watched",
    "with_document",
]
