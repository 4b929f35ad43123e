"""How strong the suite is: every seeded fault and every conforming variant of a reference server, each under a run of its own.

A fault is caught when a requirement that it declares (`BREAKS`) fails. What it truly breaks beside those it declares too
(`ALSO`, with the reason); any other failure is unexpected and as much a defect of ours as a miss. A variant conforms, so any
failure on it is false.

attempts    one server under the suite, in this process and on a virtual clock; bounded, whatever the server does
reach       which cases a fault can touch, seen by asking the faulty server what the correct one was asked
uses        what of the plain server each request makes use of, so that a fault is asked only what can bring it out
sweep       all servers: who runs what, in which process, and how long it will take
matrix      what the attempts come to
joined      the same asked of journeys: faults and variants of servers that are joined
"""

from conformance.adequacy.attempts import START, Attempt, Bounds, Stand, Terms, attempt, reference_ixit, stand_for, verdicts_of
from conformance.adequacy.matrix import adequacy, side_by_side
from conformance.adequacy.sweep import Standing, Sweep, attempts

__all__ = [
    "START",
    "Attempt",
    "Bounds",
    "Stand",
    "Standing",
    "Sweep",
    "Terms",
    "adequacy",
    "attempt",
    "attempts",
    "reference_ixit",
    "side_by_side",
    "stand_for",
    "verdicts_of",
]
