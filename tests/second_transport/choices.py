"""What the documents leave to the vendor, as switches; every combination conforms."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TOKENS", "Choices"]

TOKENS = {
    "a": "peng-5f0c1d2e3a4b",
    "b": "kin-99aa88bb77cc",
    "limited": "peng-ro-1029384756",
    "expired": "peng-old-564738291",
    "wrong-audience": "tickets-0011223344",
}


@dataclass(frozen=True)
class Choices:
    """One vendor's answers to the questions that the interface leaves open."""

    data: str = "islands"  # islands, many, charging, tiny or none
    base: str = "/v1"
    ids: str = "uuid"  # of reservations: uuid, sequence or long
    tags: str = "digest"  # digest, version or odd
    pages: str = "full"  # full, short: half of what was asked for, or sparse: every second page is empty
    nonces: bool = False  # another cursor for the same page in every answer
    live: bool = False  # sources that update all the time
    pace: int = 40  # seconds after which other drivers have come or gone, when they do
    most_active: int = 0  # reservations of a tenant that stand at once, a further one being a `conflict`; 0: any number
    cursor_keeps_limit: bool = False  # a cursor is good for the page size that it was issued for only
    lenient: bool = False  # 5.0 and 5e0 in a query are 5, as they are in JSON
    # No to what may be refused: a name that occurs twice in an object, an If-None-Match that is no list, an If-Match that is empty, leap
    # seconds, an interval that is over, the base URL without its slash.
    strict: bool = False
    # Yes to what may be taken: a body without Content-Type, an Accept that is malformed or admits problems only, an If-Match with several
    # tags, a connector that somebody else uses now.
    easy: bool = False
    gateway: bool = False  # a gateway stops what is longer than it has to be taken
    current_tag: bool = False  # a repeated creation comes with the tag of the present representation
    spare: int = 0  # spaces of a type that a later interval leaves to others; then what nobody counts is not booked at all
    early_use: bool = False  # what is in use counts from the arrival on, and until it is completed
    notices: bool = False  # a lapse is dated by when it was noticed
    bare_self: bool = False  # the link of a page to itself has no query
    errors_cached: bool = False  # errors of public operations may be kept
    cuts: bool = False  # fractions of a second are cut after the sixth digit
    vague: bool = False  # pointers to the whole body, and `errors` only where they are demanded
    in_use: str = "CHARGING"  # what a connector shows then, or OCCUPIED
    normal_paths: bool = False  # a gateway resolves dot segments and doubled slashes, encoded ones too
    languages: bool = False  # names in further languages
    further_links: bool = False
    rates: bool = False  # RateLimit fields
    opening: str = "pending"  # pending, confirmed, or mixed: connectors confirmed at once, car spaces not
    lapse: float = 20.0  # seconds from creation to expiresAt
    keeps_expiry: bool = False  # whether expiresAt keeps its value after PENDING
    same_state: int = 200  # the answer to a patch to the present state, which is not specified; 0: a move like any other
    binds_refused_keys: bool = False
    scope_hides: bool = False  # a lacking scope on a named resource is 404 instead of 403
    lag: float = 0.0  # how long the views and lists take to follow a write
    links: str = "query"  # next links: query, name, path, absolute, encoded, port, dots or network
    location: str = "name"  # name, path or absolute
    total: bool = False
    cursor_length: int = 0  # pad cursors to this length
    cursor_life: float = 0.0  # seconds until a cursor expires; 0: never
    states_limit: bool = False  # next links state the limit though it was not given
    offset: int = 0  # minutes east of Greenwich in which date-times are written
    small_letters: bool = False  # RFC 3339 allows t and z
    digits: int = 6  # of fractions of a second
    extras: bool = True  # members that the interface does not list
    request_ids: bool = False  # a member that is another one in every answer
    instance: bool = True
    problems: str = "https://errors.pehu-mobility.example/kinds/"
    charset: bool = False
    odd_media_case: bool = False  # media types are case-insensitive
    gzip: bool = False
    chunked: bool = False
    closes: bool = False
    escaped: bool = False  # \uXXXX for everything outside ASCII
    indented: bool = False  # with a trailing newline
    byte_order: bool = False  # members in reversed alphabetical order
    whole_floats: bool = False  # 50.0 for 50
    head: bool = True
    options: bool = False
    weak_list_tags: bool = False
    ages: bool = False  # Cache-Control with more directives, in other case, and Age
    skew: float = 0.0  # of the server's clock
    busy: int = 0  # every n-th request is answered 429
    retry_after: int = 1
    decayed: bool = False
    stale: bool = False
    moving: bool = False  # other drivers come and go every 40 seconds
    challenge: str = 'Bearer realm="pehu", charset="UTF-8"'
    description: str = "3.0"
