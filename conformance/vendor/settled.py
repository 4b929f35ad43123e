"""What the settings alone tell, held against a profile: nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

from conformance import checks
from conformance.errors import UsageError
from conformance.model import TENANTS, Ics, Ixit, Level, Operation, Profile, Requirement, Spec
from conformance.text.shown import few
from conformance.vendor.notices import Notice

__all__ = ["lacking", "offered", "refuse_shared_secrets", "resting_on"]


def refuse_shared_secrets(ixit: Ixit) -> None:
    """Raises UsageError when two actors prove themselves by the same secret: whoever they are, they are one to the target."""
    holders: dict[tuple[str, ...], str] = {}
    for name, credential in ixit.actors.items():
        proof = tuple(sorted(f"{one.name}\n{one.value}" for one in credential.every))
        other = holders.setdefault(proof, name)
        if other != name:
            sources = " and ".join(dict.fromkeys(one.source for a in (other, name) for one in ixit.actors[a].every if one.source))
            raise UsageError(
                f"the actors {other!r} and {name!r} have the same credentials{f' ({sources})' if sources else ''}; "
                f"expected two: give [actors.{name}] of yance.toml those of {_WHO.get(name, 'somebody else')}"
            )


_OF_DATA = ("collections", "filters", "values")  # families of checks that look at what is listed
_WHO = {
    "a": "one tenant",
    "b": "another tenant than a",
    "limited": "tenant a with the scopes for reading alone",
    "expired": "somebody whose token has expired",
    "wrong-audience": "somebody with a token for another API",
}


def offered(spec: Spec, profile: Profile, ics: Ics) -> list[Operation]:
    """The operations of a profile that the solution claims to offer."""
    return [spec.operations[name] for name in profile.operations if name not in ics.unsupported]


def resting_on(spec: Spec, operation: Operation) -> list[str]:
    """The MUSTs that are tested on what an operation lists."""
    bound = [(row.id, row.binding) for row in _musts(spec) if row.binding]
    return [name for name, one in bound if operation.id in one.operations and checks.check(one.check).family in _OF_DATA]


def lacking(spec: Spec, profile: Profile, ics: Ics, ixit: Ixit) -> Iterator[Notice]:
    """Who and what is missing in the settings, so that MUSTs of the profile would stay open."""
    known = {one.id: one for one in offered(spec, profile, ics)}
    absent: dict[str, list[str]] = {}
    written: list[str] = []
    for row in _musts(spec):
        assert row.binding is not None
        operations = [known[name] for name in row.binding.operations if name in known]
        for actor in _needed(row, operations, ixit):
            absent.setdefault(actor, []).append(row.id)
        if not ixit.sandbox and any(one.writes for one in operations):
            written.append(row.id)
    for actor, rows in absent.items():
        yield Notice("no-actor", _counted(rows) | {"actor": actor}, stops=actor in TENANTS)
    if written:
        yield Notice("no-sandbox", _counted(written))


def _counted(rows: list[str]) -> dict[str, str]:
    return {"count": str(len(rows)), "rows": few(rows)}


def _musts(spec: Spec) -> Iterator[Requirement]:
    return (row for row in spec.requirements if row.level is Level.MUST and row.binding is not None)


def _needed(row: Requirement, operations: list[Operation], ixit: Ixit) -> Iterator[str]:
    """The actors without credentials whom the cases of a row need."""
    assert row.binding is not None
    check = checks.check(row.binding.check)
    asked = [one for one in operations if (ixit.sandbox or not one.writes) and (check.scope == "case" or check.drive is not None)]
    if asked:
        named = (*(("a",) if any(one.secured for one in asked) else ()), *check.actors)
        yield from (name for name in dict.fromkeys(named) if name not in ixit.actors)
