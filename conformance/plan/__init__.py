"""The plan: every case of (spec, profile, ICS, seed) with its drawn inputs, before anything is sent.

cases       which cases there are, what each touches, and what can be decided without the target
document    the plan as plan.json, its digest, and the plan from the file again
retest      a plan of what is to be tested again under a draft, with inputs of its own
generate    seeded inputs, valid and invalid, from the cache or drawn
beside      drawing in processes of their own
engine      the only place that knows the drawing engines
drawable    what the engine is given of an operation, and which operations are given the same
patterns    patterns as that engine reads them
small       a schema small enough to draw from
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.deferred import deferred

if TYPE_CHECKING:
    from conformance.plan.cases import case_ids, make_plan, named_requirements
    from conformance.plan.document import plan_document, read_plan
    from conformance.plan.retest import Retest, read_retest, retest_document
else:
    __getattr__ = deferred(
        __name__,
        {
            "cases": ("case_ids", "make_plan", "named_requirements"),
            "document": ("plan_document", "read_plan"),
            "retest": ("Retest", "read_retest", "retest_document"),
        },
    )

__all__ = [
    "Retest",
    "case_ids",
    "make_plan",
    "named_requirements",
    "plan_document",
    "read_plan",
    "read_retest",
    "retest_document",
]
