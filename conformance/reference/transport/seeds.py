"""Other seed data made from the ones that there are: one record changed, the rest as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from conformance.reference.transport.records import Network

__all__ = ["change_car_park", "change_connector", "change_route", "change_station", "change_stop"]

Record = TypeVar("Record", bound=Any)


def _changed(records: Sequence[Record], uid: str, /, **members: Any) -> tuple[Record, ...]:
    if all(record.uid != uid for record in records):
        raise LookupError(f"the seed data have no {uid}")
    return tuple(replace(record, **members) if record.uid == uid else record for record in records)


def change_stop(network: Network, uid: str, /, **members: Any) -> Network:
    """The network with one stop changed."""
    return replace(network, stops=_changed(network.stops, uid, **members))


def change_route(network: Network, uid: str, /, **members: Any) -> Network:
    """The network with one route changed."""
    return replace(network, routes=_changed(network.routes, uid, **members))


def change_car_park(network: Network, uid: str, /, **members: Any) -> Network:
    """The network with one car park changed."""
    return replace(network, car_parks=_changed(network.car_parks, uid, **members))


def change_station(network: Network, uid: str, /, **members: Any) -> Network:
    """The network with one charging station changed."""
    return replace(network, stations=_changed(network.stations, uid, **members))


def change_connector(network: Network, uid: str, /, **members: Any) -> Network:
    """The network with one connector changed."""
    station = next(each for each in network.stations if any(connector.uid == uid for connector in each.connectors))
    return change_station(network, station.uid, connectors=_changed(station.connectors, uid, **members))
