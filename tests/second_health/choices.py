"""What the documents of the health interface leave to the vendor, as switches; every combination conforms."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ORGANISATIONS", "TOKENS", "Choices"]

TOKENS = {
    "a": "hualien.9d41c2f07be6",
    "b": "taitung.55e0a1b8c3d9",
    "limited": "hualien.read.0f1e2d3c4b5a",
    "expired": "hualien.2019.aa77bb66cc55",
    "wrong-audience": "bus-tickets.123456abcdef",
}
ORGANISATIONS = {"a": "tw.hualien-home_care~07", "b": "tw.taitung-clinic~12"}


@dataclass(frozen=True)
class Choices:
    """One vendor's answers to the questions that the interface leaves open."""

    base: str = "/v1"
    ids: str = "token"  # token, sequence, long or odd
    tags: str = "digest"  # digest, version or odd
    organisations: str = "dotted"  # dotted or short
    # times
    echo: str = "sent"  # an echoed date-time: as it was sent, or with this server's offset ("own")
    cuts: bool = False  # fractions of a second are cut after the sixth digit
    offset: int = 480  # minutes east of Greenwich
    digits: int = 6  # of the fractions of the server's own times
    small_letters: bool = False  # RFC 3339 allows t and z
    leap: bool = False  # leap seconds are accepted
    skew: float = 0.0  # of the server's clock
    due: int = 3  # days until a task is due
    due_together: bool = True  # tasks of one patient are due at one instant
    # numbers
    numbers: str = "sent"  # sent, plain, exponent or padded
    fifteen: bool = False  # what is beyond fifteen significant digits is rounded
    # lists
    pages: str = "full"  # full, short or sparse
    total: bool = True
    links: str = "query"  # query, name, path, absolute, encoded, port, dots or network
    bare_self: bool = False
    further_links: bool = False
    states_limit: bool = False
    cursor_length: int = 0
    cursor_life: float = 0.0
    cursor_keeps_limit: bool = False
    nonces: bool = False  # another cursor for the same page in every answer
    closed_cursor: bool = False  # a cursor under which nothing is left to read is 400
    lag: float = 0.0  # seconds that the list of measurements is behind
    search_lag: float = 0.0  # and the search for patients
    # creation
    twin: int = 200  # the answer to a measurement that is there already, alone and in a batch: 200 or 409
    twin_amends: bool = True  # whether an amendment may make a measurement equal to another
    keys_by_operation: bool = False  # whether a key is one of its operation, or of the tenant
    binds_refused_keys: bool = False
    current_tag: bool = False  # a repeated creation comes with the tag of the present representation
    waits: int = 0  # turns of the loop that a creation takes; meanwhile its key is in use
    canonical: bool = True  # blood glucose comes with canonicalQuantity
    rounds_canonical: bool = False
    # changes
    same_status: int = 200  # an active consent that is made active, one entered in error once more: 200 or 409
    same_state: int = (
        200  # the answer to a patch to the present state, not specified: 200, 409 or 422; 0: a change like any other
    )
    same_assignee: int = 200  # an assignee that is the present one, where it cannot change: 200 or 409
    counts_nothing: bool = False  # an assignee that is the present one raises the version, where it could change
    empty_patch: int = 422  # or 200
    location: str = "name"  # name, path or absolute
    scope_hides: bool = False  # a lacking scope on a named resource is 404 instead of 403
    # reading of requests
    strict: bool = False  # no to what may be refused
    easy: bool = False  # yes to what may be taken
    lenient: bool = False  # 5.0 and 5e0 in a query are 5
    gateway: bool = False  # a gateway stops what is longer than it has to be taken
    # writing of answers
    extras: bool = True  # members that the interface does not list
    request_ids: bool = False  # a member that is another one in every answer
    instance: bool = True
    vague: bool = False  # pointers to the whole body, where they may
    thorough: bool = False  # every fault is named
    problems: str = "https://care.hualien.example/problem/"
    charset: bool = False
    odd_media_case: bool = False
    gzip: bool = False
    escaped: bool = False  # \uXXXX for everything outside ASCII
    indented: bool = False
    byte_order: bool = False  # members in reversed alphabetical order
    head: bool = True
    options: bool = False
    ages: bool = False  # Cache-Control with more directives, in other case
    rates: bool = False
    busy: int = 0  # every n-th request is answered 429
    retry_after: int = 2
    challenge: str = 'Bearer realm="hualien", charset="UTF-8"'
    description: str = "3.1"
    based_on: bool = True  # tasks name the plan that they follow from
    due_varies: bool = False  # tasks are due in the order of their kinds, a day apart, the last first
