"""All seed data of the transport server as one value: invented, but believable, and the same in every process."""

from __future__ import annotations

from conformance.reference.transport.buses import ROUTES, STOPS
from conformance.reference.transport.charging import STATIONS
from conformance.reference.transport.parking import CAR_PARKS
from conformance.reference.transport.records import Network

__all__ = ["EDITION", "NETWORK"]

EDITION = 1_748_707_200  # 2025-06-01T00:00:00+08:00, when the standing data were last edited

NETWORK = Network(stops=STOPS, routes=ROUTES, car_parks=CAR_PARKS, stations=STATIONS)
