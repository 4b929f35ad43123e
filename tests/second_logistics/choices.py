"""What the documents of the logistics interface leave to the vendor, as switches; every combination conforms."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.second_health import Choices as Manner

__all__ = ["TENANTS", "TOKENS", "Choices", "Manner"]

TOKENS = {
    "a": "keelung.41b7d9c05e2f",
    "b": "pingtung.8c3a60f1e7d2",
    "limited": "keelung.read.6d5e4c3b2a19",
    "expired": "keelung.2021.90ab12cd34ef",
    "wrong-audience": "museum.abcdef654321",
}
TENANTS = {"a": "keelung-crafts", "b": "pingtung-fruit"}


@dataclass(frozen=True)
class Choices:
    """One vendor's answers to the questions that the interface leaves open."""

    manner: Manner = field(default_factory=Manner)  # what every interface leaves open: times, JSON, links, tags, ids
    recancel: int = 409  # the answer to a second cancellation: 409 or 200
    declared: int = 200  # the result of a declaration that is kept: 200 or 201
    rising_ids: bool = True  # events that are given an id get rising ones, so that equal times keep the order of capture
    ids_by_tenant: bool = False  # whether the eventId of another tenant is free
    instants_equal: bool = True  # an event captured again may write its times with another offset
    late_repeat: int = 200  # an event captured again without the declaration that it has got: 200 or 409
    idle_patch_dates: bool = False  # a patch that changes nothing sets updatedAt
    lapse_dates: bool = False  # a reservation that lapses sets updatedAt of its shipment
    lag: float = 0.0  # seconds that lists are behind
    tracking_lag: float = 0.0  # and public tracking
    tracks_city: bool = True  # a public event names its city where the place is known
    blocks_all: bool = True  # who asked for too many numbers gets no other one either
    counts_repeats: bool = True  # the same missing number counts every time
    right_code_forgives: bool = False  # the right code sets the count of wrong ones back
    lock_seconds: int = 60
    code_digits: int = 6
    closed_counts: bool = False  # whether the availability of a closed point is told
    first_retry: float = 1.0  # seconds until a delivery is sent again, twice as many every time
    retries: int = 6
    new_secret_for_all: bool = True  # a delivery that is repeated after a replacement is signed with the new secret
