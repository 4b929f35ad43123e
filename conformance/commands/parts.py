"""A part of a profile: some requirements by id, by class, or as another run left them open, or what a quick run chooses of them. A part has
a result of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.errors import UsageError, nearest
from conformance.model import Outcome, Spec
from conformance.plan import named_requirements
from conformance.verdict.folder import RunFolder
from conformance.verdict.part import part_result

__all__ = ["part_of", "part_result"]

_SATISFIED = (Outcome.PASS, Outcome.NOT_APPLICABLE)


def part_of(spec: Spec, only: Iterable[str], classes: Iterable[str], failed: Path | None) -> tuple[str, ...]:
    """The requirements that are asked for, in the order of the spec; none where all are.

    Raises UsageError for an id or a class that the spec does not have, and for a run that left nothing to be asked again.
    """
    wanted = set(named_requirements(spec, only))
    for name in classes:
        rows = [row.id for row in spec.requirements if row.conformance_class == name]
        if not rows:
            raise UsageError(f"{spec.domain} {spec.version} has no class {name!r}{nearest(name, spec.classes)}")
        wanted.update(rows)
    if failed is not None:
        left = {
            row["id"] for row in RunFolder(failed).report()["requirements"] if row["tested"] and row["outcome"] not in _SATISFIED
        }
        if not left:
            raise UsageError(f"{failed}: everything that was tested there passed; there is nothing to ask again")
        wanted.update(left & {row.id for row in spec.requirements})
    return tuple(row.id for row in spec.requirements if row.id in wanted)
