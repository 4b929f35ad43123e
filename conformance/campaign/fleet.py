"""A simulated fleet: many solutions of several domains, each with a fault or none, in a way of its own, drawn from one seed.

Drawing is pure: the same size, seed and domains give the same fleet, on every machine. Of a hundred members about fifty have one seeded
fault, twenty-five are plain, twenty are variants that conform in another way, and five are impostors that only look like the interface.
Each is some milliseconds away, bears a rate and so many requests at once, and has a quota that fits that rate.

A member and the row by which it is tested are one thing: what is served stands under `serves` in its row, so that the file which a campaign
reads is also the file from which the same fleet is served again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from conformance import reference
from conformance.errors import UsageError, nearest

__all__ = ["Member", "fleet", "member_of", "row_of", "serving_of"]

_KINDS = (("fault", 50), ("plain", 25), ("variant", 20), ("impostor", 5))  # of a hundred
_OFFERED: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "fault": reference.faults,
    "variant": reference.variants,
    "impostor": reference.impostors,
}
_LATENCIES = (0.0, 0.0, 1.0, 2.0, 5.0, 10.0)  # milliseconds
_RATES = (0.0, 0.0, 200.0, 400.0)  # requests a second; 0: no limit
_AT_ONCE = (2, 4, 8)
_SPARE = 1.5  # how many times the agreed rate a quota bears


@dataclass(frozen=True)
class Member:
    """One solution of a fleet. `latency` in milliseconds, `rate` in requests a second (0: no limit), `quota` in requests a minute."""

    name: str
    domain: str
    fault: str = ""
    variant: str = ""
    impostor: str = ""
    latency: float = 0.0
    rate: float = 0.0
    concurrency: int = 4
    quota: int = 0  # 0: that of the reference server


def fleet(size: int, seed: int, domains: Sequence[str] = ()) -> tuple[Member, ...]:
    """So many members, fixed by a seed. Raises UsageError for a domain that has no reference server."""
    known = tuple(domains) or reference.domains()
    for name in known:
        if name not in reference.domains():
            known = reference.domains()
            raise UsageError(f"there is no reference server for {name!r}{nearest(name, known)} (known: {', '.join(known)})")
    chance = random.Random(f"fleet {seed}")  # noqa: S311 - drawn to be drawn again, and no secret
    return tuple(_drawn(chance, number, known[(number - 1) % len(known)], len(str(size))) for number in range(1, size + 1))


def _drawn(chance: random.Random, number: int, domain: str, digits: int) -> Member:
    kind = chance.choices([name for name, _ in _KINDS], [weight for _, weight in _KINDS])[0]
    chosen = {kind: chance.choice(sorted(_OFFERED[kind](domain)))} if kind in _OFFERED else {}
    rate = chance.choice(_RATES)
    return Member(
        name=f"{domain}-{number:0{max(3, digits)}d}",
        domain=domain,
        latency=chance.choice(_LATENCIES),
        rate=rate,
        concurrency=chance.choice(_AT_ONCE),
        quota=round(rate * 60 * _SPARE),
        **chosen,
    )


def serving_of(member: Member) -> dict[str, Any]:
    """What a row says of the server behind it."""
    told = {name: getattr(member, name) for name in ("fault", "variant", "impostor", "latency", "quota")}
    return {name: value for name, value in told.items() if value}


def row_of(member: Member, url: str, hooks: str = "") -> dict[str, Any]:
    """The row by which a campaign tests a member that is served at a URL; `hooks` is where it reaches the suite, for an interface that
    calls back.
    """
    limits = {"concurrency": member.concurrency} | ({"rate": member.rate} if member.rate else {})
    receiver = {"receiver": {"url": hooks, "listen": urlsplit(hooks).netloc}} if hooks else {}
    return {
        "name": member.name,
        "serves": serving_of(member),
        "expect": _expected(member),
        "solution": {"id": member.name, "version": "1.0.0", "vendor": "Fleet"},
        "target": {"url": url, "domain": member.domain, "sandbox": True},
        "actors": {actor: {"token": token} for actor, token in reference.credentials(member.domain).items()},
        "limits": limits,
        **receiver,
    }


def _expected(member: Member) -> dict[str, Any]:
    """What a campaign should find: the requirements that a fault says it breaks, and those that may fail with them."""
    if member.impostor:
        return {"conformant": False}
    if not member.fault:
        return {"fails": []}
    kind = reference.faults(member.domain)[member.fault]
    return {"fails": list(kind.BREAKS)} | ({"also": list(kind.ALSO)} if kind.ALSO else {})


def member_of(row: Mapping[str, Any]) -> Member:
    """The member that a row was made of. Raises UsageError when it does not say what is served, or names what nobody has."""
    target, limits, serves = row.get("target", {}), row.get("limits", {}), row.get("serves")
    if serves is None:
        raise UsageError("the row does not say what is served (serves: {}); is it one of a fleet?")
    domain = str(target.get("domain", ""))
    for kind, name in _named(serves):
        known = _OFFERED[kind](domain)
        if name not in known:
            raise UsageError(f"the reference server of {domain} has no {kind} {name!r}{nearest(name, known)}")
    told = {name: serves[name] for name in ("fault", "variant", "impostor", "latency", "quota") if name in serves}
    return Member(str(row["name"]), domain, rate=limits.get("rate", 0.0), concurrency=limits.get("concurrency", 4), **told)


def _named(serves: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((kind, str(serves[kind])) for kind in ("fault", "variant", "impostor") if serves.get(kind))
