"""A plan of what is to be tested again under a draft: which cases of a profile, and inputs that no earlier run sent.

A file of it holds neither target nor credentials: whoever runs it (`yance run --plan FILE`) brings those, and the plan is made of the draft's
own words then, with these inputs before the ones that are drawn.

    retest      1
    domain, version, specDigest, rowsDigest, profile    of the draft, which has to be the one at hand
    solution    whose run is to be repeated, and the digest of that run's plan
    cases       the ids of its cases
    inputs      by operationId: what the draft accepts (`valid`) and refuses (`invalid`) otherwise than the earlier version did
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.load.data import Folders
from conformance.load.digests import rows_digest
from conformance.load.documents import check, read_document
from conformance.model import Draw, Spec
from conformance.plan.engine import Kinds
from conformance.plan.generate import dump, load

__all__ = ["Retest", "joined", "read_retest", "retest_document"]


@dataclass(frozen=True)
class Retest:
    """What is to be tested again. `inputs` are as `generate.draw` gives them, without the parameters that are not about the change."""

    domain: str
    version: str
    spec_digest: str
    rows_digest: str
    profile: str
    cases: tuple[str, ...]
    solution: str = ""
    plan: str = ""
    inputs: Mapping[str, Kinds] = field(default_factory=dict)

    def refuse_another(self, spec: Spec, where: str) -> None:
        """Raises UsageError unless the draft is the one at hand, byte for byte, and has these cases' operations."""
        for what, stated, present in (
            ("document", self.spec_digest, spec.digest),
            ("requirements", self.rows_digest, rows_digest(spec)),
        ):
            if stated != present:
                raise UsageError(
                    f"{where}: the plan was made for another {what} of {self.domain} {self.version} ({stated:.23}…) than the one here "
                    f"({present:.23}…); make it again with yance spec impact"
                )


def retest_document(again: Retest) -> dict[str, Any]:
    """A plan of what is to be tested again, as JSON."""
    return {
        "retest": 1,
        "domain": again.domain,
        "version": again.version,
        "specDigest": again.spec_digest,
        "rowsDigest": again.rows_digest,
        "profile": again.profile,
        "solution": {"name": again.solution, "plan": again.plan},
        "cases": list(again.cases),
        "inputs": {
            name: {"valid": [dump(one) for one in kinds[0]], "invalid": [dump(one) for one in kinds[1]]}
            for name, kinds in again.inputs.items()
        },
    }


def read_retest(folders: Folders, path: Path) -> Retest:
    """The plan in a file. Raises UsageError where there is none, DataError where it is none."""
    document = read_document(path)
    check(document, folders.schema("retest"))
    said = document.content
    inputs = {
        name: (tuple(map(load, kinds["valid"])), tuple(map(load, kinds["invalid"]))) for name, kinds in said["inputs"].items()
    }
    known = (said["domain"], said["version"], said["specDigest"], said["rowsDigest"], said["profile"], tuple(said["cases"]))
    return Retest(*known, said["solution"]["name"], said["solution"]["plan"], inputs)


def joined(drawn: Kinds, more: Kinds) -> Kinds:
    """Drawn inputs with others before them: each on top of the first that was drawn, which brings what else a request has to have."""
    base = next(iter(drawn[0]), Draw())
    return tuple(_over(base, one) for one in more[0]) + drawn[0], tuple(_over(base, one) for one in more[1]) + drawn[1]


def _over(base: Draw, one: Draw) -> Draw:
    names = {name for name, _ in one.query}
    query = (*(pair for pair in base.query if pair[0] not in names), *one.query)
    if one.body is not None:
        return Draw(query, one.body, one.media_type, one.note)
    return Draw(query, base.body, base.media_type, one.note)
