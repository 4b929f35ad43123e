"""What the attempts come to: per requirement the faults seeded and caught; survivors, false failures, what nothing declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.adequacy.attempts import Attempt
from conformance.adequacy.sweep import Sweep
from conformance.load.digests import rows_digest
from conformance.model import Level

__all__ = ["adequacy", "side_by_side"]


def side_by_side(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The results at one effort or several, the highest last: its own, with a column for each that says how many it caught."""
    whole = dict(results[-1])
    whole["requirements"] = {
        name: {**row, "efforts": {one["effort"]: one["requirements"][name]["caught"] for one in results}}
        for name, row in whole["requirements"].items()
    }
    return whole


def adequacy(sweep: Sweep, found: Iterable[Attempt]) -> dict[str, Any]:
    """What the attempts of a sweep come to, as JSON, in the order in which its servers are defined."""
    only = sweep.stand.terms.only
    rows = [row for row in sweep.stand.spec.requirements if not only or row.id in only]
    done = {(one.fault, one.variant, one.impostor): one for one in found}
    servers = [("", "", ""), *(("", name, "") for name in sweep.conforming), *(("", "", name) for name in sweep.posing)]
    servers += [(name, "", "") for name in sweep.seeded]
    ordered = [done[server] for server in servers if server in done]
    faulty = [one for one in ordered if one.fault]
    posing = [one for one in ordered if one.impostor]
    conforming = [one for one in ordered if not one.fault and not one.impostor]
    return {
        "domain": sweep.stand.domain,
        "specification": {
            "domain": sweep.stand.spec.domain,
            "version": sweep.stand.spec.version,
            "digest": sweep.stand.spec.digest,
            "rowsDigest": rows_digest(sweep.stand.spec),
        },
        "whole": not (only or sweep.named),
        "effort": str(sweep.stand.plan.effort),
        "asking": len(sweep.stand.driven),
        "selective": sweep.selective,
        "cases": {"driven": sum(one.cases for one in ordered), "planned": sum(one.planned for one in ordered)},
        "requirements": {
            row.id: {
                "faults": sum(row.id in one.declared for one in faulty),
                "caught": sum(row.id in one.caught for one in faulty),
            }
            for row in rows
            if row.binding is not None
        },
        "survivors": [
            {"fault": one.fault, "missed": [name for name in one.declared if name not in one.caught]}
            for one in faulty
            if one.declared != one.caught
        ],
        "falseFailures": [{"variant": one.name, "failed": list(one.failed)} for one in conforming if one.failed],
        "impostors": [{"impostor": one.name, "conformant": one.conformant} for one in posing],
        "uncheckedMust": [row.id for row in rows if row.binding is None and row.level is Level.MUST],
        "unexpected": [{"fault": one.fault, "failed": list(one.unexpected)} for one in faulty if one.unexpected],
        "inconclusive": [{"variant": one.name, "requirements": list(one.inconclusive)} for one in conforming if one.inconclusive],
        "errors": [{"server": one.name, "requirements": list(one.errors)} for one in ordered if one.errors],
        "stopped": [{"server": one.name, "bound": one.stopped} for one in ordered if one.stopped],
        "unsound": [one.name for one in ordered if not sweep.clears(one)],
    }
