"""The programme's office: certificates by two persons, in a registry whose log can only grow, checked by anyone without asking.

terms        what a certificate is about, held against the run and the waivers that it rests on
statements   what the office signs: decisions, waivers, certificates, checkpoints (pure)
lines        the log's events, as they are written (pure)
events       the state that they are folded into (pure)
listing      which certificates are asked for; the programme's figures (pure)
rules        what can follow what (pure)
status       the status list, as a signed JWT
store        the database: SQLite or PostgreSQL, append-only, and what is read of it
tables       its schema, and who writes; `migrations` holds the schema, step by step
waivers      what is borne with, by whom and until when
registry     the log, and what it comes to
decisions    who may write what into it: proposals of one person, decisions of another
challenges   a nonce for a vendor's run: opened, answered by one run in time or abandoned
levels       which level a verified run has reached
again        what the second person verifies before agreeing
joint        joint reports on journeys: what is taken in of them, and verified again
export       the registry as a folder of public files
site         pages for people, made of that folder; `growth` has what became of the figures, `sheets` tables for spreadsheets
verify       a certificate or a joint report, held against run, registry or exported folder

Reading needs no key and waits for nobody. All of it comes from one fold over the log, frozen, so that a page may keep it:

    registry = Registry.open("registry.sqlite")                # or postgresql://…
    registry.certificates(Query(county="TPE", status="valid")) # entries, latest first; on=… for what was so on a date
    entry = registry.certificate("TW-2026-00001")              # .document: the predicate of certificate/v1; .payload: its digest
    entry.status(now)                                          # pending, valid, suspended, revoked, superseded, expired
    registry.history("TW-2026-00001")                          # events: .kind, .at, .draft.entry (reason, by, approvedBy)
    registry.stats(on)                                         # by_status, solutions, counties (all 22), domains, sites, .reached, .targets
    registry.report("journey-…")                               # a joint report, and the certificates that it rests on
    registry.proposals()                                       # what waits for a second person: .id, .action, .by, .event
    registry.statement(entry.payload)                          # the envelope; `attest.bundle` makes a Sigstore bundle of it
    registry.state(on)                                         # the fold itself, for many questions at one cost

Writing is `registry.propose` by one person and `registry.approve` or `registry.decline` by another, each with a signer of their own. Before a
certificate is proposed or approved its run is verified: `terms(verify_run(…), Wanted(…))` for the one, `approved_terms(registry, …)` for the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.deferred import deferred

if TYPE_CHECKING:
    from conformance.office.again import approved_terms
    from conformance.office.events import Entry, Event, Proposal, State, Status
    from conformance.office.listing import Query, Stats
    from conformance.office.registry import Checkpoint, Registry
    from conformance.office.terms import COUNTIES, Site, Wanted
else:
    __getattr__ = deferred(
        __name__,
        {
            "again": ("approved_terms",),
            "events": ("Entry", "Event", "Proposal", "State", "Status"),
            "listing": ("Query", "Stats"),
            "registry": ("Checkpoint", "Registry"),
            "terms": ("COUNTIES", "Site", "Wanted"),
        },
    )

__all__ = [
    "COUNTIES",
    "Checkpoint",
    "Entry",
    "Event",
    "Proposal",
    "Query",
    "Registry",
    "Site",
    "State",
    "Stats",
    "Status",
    "Wanted",
    "approved_terms",
]
