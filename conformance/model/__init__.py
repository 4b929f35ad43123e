"""The nouns of the suite: frozen dataclasses, no I/O, no behaviour beyond reading themselves.

    Spec ── Operation ── Parameter          one OpenAPI document of a domain and version, and what it offers
      └── Requirement ── Binding            a row: what is demanded, at which level, tested by which check on which operations
    Profile, Ics, Ixit                      what is certified, what the vendor claims, what is needed to test it
    Claim                                   for what a run is made, and of which solution
    Case, Plan                              requirement x operation with its drawn inputs; all of them, with a digest
    Request, Response, Exchange             one question and its answer, as recorded
    Guise                                   as whom a run asks, by its seed
    Finding, Witness, Verdict               what `judge` yields and what is made of it

Words follow ISO/IEC 9646 (ICS, IXIT, verdict), ISO/IEC 17025 and the OGC (requirement, conformance class).
"""

from __future__ import annotations

from conformance.model.exchanges import (
    ACCEPT,
    ALTERED,
    DELIVERY,
    LIMITED,
    MOMENTARY,
    NO_ROOM,
    SAFE,
    TENANTS,
    UNJUDGED,
    WITHHELD,
    Exchange,
    Pairs,
    Request,
    Response,
    altered_secret,
    by_step,
    json_bytes,
    repeatable,
    wire_text,
)
from conformance.model.guise import FIXED_SEED, MARK, Guise
from conformance.model.runs import (
    PURPOSES,
    Case,
    Claim,
    Credential,
    Exercised,
    Ics,
    Ixit,
    Limits,
    Outcome,
    Plan,
    Reach,
    Reason,
    Verdict,
)
from conformance.model.scripts import (
    Answer,
    Ask,
    Draw,
    Examples,
    Finding,
    Inbox,
    Inputs,
    Moot,
    Pause,
    Script,
    Touches,
    Unmet,
    Witness,
)
from conformance.model.specs import (
    TRAITS,
    Binding,
    Effort,
    Level,
    Operation,
    Parameter,
    Profile,
    Requirement,
    Security,
    Spec,
    Text,
)

__all__ = [
    "ACCEPT",
    "ALTERED",
    "DELIVERY",
    "FIXED_SEED",
    "LIMITED",
    "MARK",
    "MOMENTARY",
    "NO_ROOM",
    "PURPOSES",
    "SAFE",
    "TENANTS",
    "TRAITS",
    "UNJUDGED",
    "WITHHELD",
    "Answer",
    "Ask",
    "Binding",
    "Case",
    "Claim",
    "Credential",
    "Draw",
    "Effort",
    "Examples",
    "Exchange",
    "Exercised",
    "Finding",
    "Guise",
    "Ics",
    "Inbox",
    "Inputs",
    "Ixit",
    "Level",
    "Limits",
    "Moot",
    "Operation",
    "Outcome",
    "Pairs",
    "Parameter",
    "Pause",
    "Plan",
    "Profile",
    "Reach",
    "Reason",
    "Request",
    "Requirement",
    "Response",
    "Script",
    "Security",
    "Spec",
    "Text",
    "Touches",
    "Unmet",
    "Verdict",
    "Witness",
    "altered_secret",
    "by_step",
    "json_bytes",
    "repeatable",
    "wire_text",
]
