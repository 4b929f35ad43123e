"""What somebody with a trusted key of their own can make of a run: other files, with every sum and signature to match."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import zstandard

from conformance import formats, reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import bundle, load_key, sign, trusted_key
from conformance.attest.signing import run_statement
from conformance.attest.verify import VerifiedRun, verify_run
from conformance.clock import VirtualClock
from conformance.errors import YanceError
from conformance.evidence.merkle import MerkleTree
from conformance.load import data_folders, load_profile
from conformance.model import FIXED_SEED, Ics, Ixit
from conformance.plan import make_plan, read_plan
from conformance.run.conduct import Setting, conduct
from conformance.run.finished import rejudge, setting_of
from conformance.verdict.folder import RunFolder, plan_bytes, report_bytes
from conformance.wire import in_process

Edit = Callable[[Any], object]
Lines = Callable[[list[bytes]], list[bytes]]
Documents = list[dict[str, Any]]


def dense(document: object) -> bytes:
    """A line as the suite writes it."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def unpacked(run: Path) -> list[bytes]:
    """The lines of a run's evidence."""
    with (run / "evidence.ndjson.zst").open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file).read().splitlines()


def repacked(run: Path, edit: Lines) -> None:
    """The evidence with other lines, with footer and seal to match."""
    lines = edit(unpacked(run))
    body, footer = lines[:-1], json.loads(lines[-1])
    tree = MerkleTree()
    for line in body:
        tree.append(line)
    sums = {"entries": len(body), "digest": "sha256:" + sha256(b"".join(line + b"\n" for line in body)).hexdigest()}
    sums |= {"exchanges": sum(b'"kind":"exchange"' in line for line in body), "rfc6962Root": tree.root().hex()}
    data = zstandard.ZstdCompressor().compress(b"".join(line + b"\n" for line in [*body, dense(footer | sums)]))
    (run / "evidence.ndjson.zst").write_bytes(data + b"\x59\x2a\x4d\x18\x20\0\0\0" + sha256(data).digest())


def renumbered(documents: Documents) -> list[bytes]:
    """The lines of these records, with exchanges numbered from 1, each end of a case counting its own, and redactions summed up."""
    count, running, hidden = 0, Counter[str](), 0
    for document in documents:
        if document["kind"] == "exchange":
            document["n"] = count = count + 1
            running[document["case"]] += 1
            hidden += len(document["attributes"].get("redactions", ()))
        elif document["kind"] == "case":
            document["exchanges"] = running.pop(document["case"], 0)
        elif document["kind"] == "footer":
            document["redaction"]["replacements"] = hidden
    return list(map(dense, documents))


def retold(edit: Edit) -> Lines:
    """An edit of records as one of lines. What it gives back, if anything, takes the place of the records."""

    def edited(lines: list[bytes]) -> list[bytes]:
        documents: Any = list(map(json.loads, lines))
        return renumbered(edit(documents) or documents)  # type: ignore[arg-type]  # whatever an edit gives back is what it made

    return edited


def forged(
    run: Path,
    key: Path,
    *,
    plan: Edit | None = None,
    evidence: Lines = list,
    report: Edit | None = None,
    statement: Edit | None = None,
) -> None:
    """The run as it would be if that had been its plan, evidence and report, signed with a key."""
    folder = RunFolder(run)
    if plan is not None:
        document = json.loads((run / "plan.json").read_bytes())
        plan(document)
        (run / "plan.json").write_bytes(plan_bytes(read_plan(document)))
    header = {"plan": folder.plan().digest}

    def under_the_plan(lines: list[bytes]) -> list[bytes]:
        return evidence([dense(json.loads(lines[0]) | header), *lines[1:]])

    repacked(run, under_the_plan)
    try:
        made = rejudge(setting_of(data_folders(), folder))
    except YanceError:
        made = folder.report()  # there is none for such files: the old one will have to do
    if report is not None:
        report(made)
    (run / "report.json").write_bytes(report_bytes(made))
    for name in ("html", "junit"):
        (run / formats.file_name(name)).write_bytes(formats.render(name, made, "en"))
    said = run_statement(folder)
    if statement is not None:
        statement(said)
    envelope = sign(said, load_key(key, None))
    (run / "statement.dsse.json").write_bytes(envelope)
    (run / "bundle.sigstore.json").write_bytes(bundle(envelope))


# ------------------------------------------------------------------------------------------ runs to be forged

PAGES, TAGS, KEYS = "COM-PAGE-04/listReservations", "COM-COND-02/updateReservation", "COM-IDEM-01/createReservation"
TENANTS, RACE, LAPSE = "COM-TEN-01/getReservation", "TRN-028/createReservation", "TRN-039/createReservation"
PLACES = "COM-PAGE-04/listStops"
TOKENS, DRAWN = "COM-AUTH-04/listStops", "COM-ERR-06/createReservation"
RESTS = "COM-IDEM-03/listReservations"
ONLY = tuple(name.partition("/")[0] for name in (PAGES, TAGS, KEYS, TENANTS, RACE, LAPSE, TOKENS, RESTS))
ICS = Ics("stops", "2.4.1", "Stop Ltd")


def made(
    folder: Path,
    *,
    only: tuple[str, ...] = ONLY,
    app: Any = None,
    data: tuple[Path, ...] = (),
    seed: int = FIXED_SEED,
    profile: str = "full",
    clock: VirtualClock | None = None,
    ixit: Ixit | None = None,
    **changes: Any,
) -> Setting:
    """A run of some requirements, to its end, against the reference server on a virtual clock."""
    chosen, spec = load_profile(data_folders(data), "transport", profile)
    ixit, clock = ixit or reference_ixit("transport"), clock or VirtualClock(START)
    plan = make_plan(spec, chosen, ICS, ixit, only=only, seed=seed)
    app = app or reference.application("transport", clock=clock.now)
    setting = Setting(plan, spec, chosen, ICS, ixit, RunFolder(folder), clock=clock, transport=in_process(app))
    asyncio.run(conduct(replace(setting, **changes)))
    return setting


def verified(run: Path, home: Path, *data: Path) -> VerifiedRun:
    """What a verifier says of a run that trusts the key in `home`."""
    return verify_run(data_folders(data), RunFolder(run), [trusted_key(home / "one.pub.pem")])


# ------------------------------------------------------------------------------------------ edits of records


def at(records: Documents, case: str, nth: int = 1) -> int:
    """Where the nth exchange of a case stands; 0: where the case ends; -1: its last exchange."""
    kind = "case" if nth == 0 else "exchange"
    places = [index for index, one in enumerate(records) if one["kind"] == kind and one["case"] == case]
    return places[nth - 1 if nth > 0 else nth]


def step(records: Documents, case: str, name: str, nth: int = 1) -> int:
    """Where the nth exchange of a case under a step stands."""
    own = [index for index, one in enumerate(records) if one.get("case") == case and one.get("step", "").startswith(name)]
    return own[nth - 1]


def without(case: str, *nths: int) -> Edit:
    return lambda records: [one for index, one in enumerate(records) if index not in {at(records, case, nth) for nth in nths}]


def those(keep: Callable[[dict[str, Any]], bool]) -> Edit:
    return lambda records: list(filter(keep, records))


def twice(case: str, nth: int, after: int | None = None) -> Edit:
    def edit(records: Documents) -> None:
        records.insert(at(records, case, after or nth) + 1, json.loads(json.dumps(records[at(records, case, nth)])))

    return edit


def exchanged(one: tuple[str, int], other: tuple[str, int], *members: str) -> Edit:
    """Two exchanges in each other's place, or only some members of them."""

    def edit(records: Documents) -> None:
        here, there = at(records, *one), at(records, *other)
        if members:
            for name in members:
                records[here][name], records[there][name] = records[there][name], records[here][name]
        else:
            records[here], records[there] = records[there], records[here]

    return edit


def request(case: str, nth: int, change: Callable[[dict[str, Any]], object]) -> Edit:
    return lambda records: change(records[at(records, case, nth)]["request"]) and None


def member(case: str, nth: int, **values: Any) -> Edit:
    return lambda records: records[at(records, case, nth)].update(values)


def header(case: str, name: str, value: str | None) -> Callable[[Documents], None]:
    """Another value of a header, in the first request of a case that has it; None: without it."""

    def edit(records: Documents) -> None:
        own = (one["request"] for one in records if one.get("case") == case and one["kind"] == "exchange")
        asked = next(one for one in own if any(pair[0] == name for pair in one["headers"]))
        asked["headers"] = [
            [key, value if key == name else old] for key, old in asked["headers"] if key != name or value is not None
        ]

    return edit


def turned(case: str) -> Edit:
    """The first query of several parameters the other way round."""

    def edit(records: Documents) -> None:
        own = (one["request"] for one in records if one.get("case") == case and one["kind"] == "exchange")
        next(asked for asked in own if len(asked["query"]) > 1)["query"].reverse()

    return edit


def answer(case: str, where: str, change: Callable[[dict[str, Any]], object], nth: int = 1) -> Edit:
    return lambda records: change(records[step(records, case, where, nth)]["response"]) and None


def body(old: str, new: str) -> Callable[[dict[str, Any]], object]:
    def change(message: dict[str, Any]) -> None:
        assert old in message["body"]
        message["body"] = message["body"].replace(old, new)

    return change


def moved(case: str, nth: int, to: int) -> Edit:
    def edit(records: Documents) -> None:
        place = at(records, case, to)
        records.insert(place, records.pop(at(records, case, nth)))

    return edit


def backwards(case: str) -> Edit:
    def edit(records: Documents) -> None:
        places = [index for index, one in enumerate(records) if one.get("case") == case and one["kind"] == "exchange"]
        for place, one in zip(places, [records[index] for index in reversed(places)], strict=True):
            records[place] = one

    return edit


def again(case: str, *, resumed: bool) -> Edit:
    """A case with all its exchanges once more, before the footer."""

    def edit(records: Documents) -> Documents:
        own = [json.loads(json.dumps(one)) for one in records if one.get("case") == case]
        line = [{"kind": "resumed", "at": records[0]["startedAt"]}] if resumed else []
        return [*records[:-1], *line, *own, records[-1]]

    return edit


def added(case: str, like: str) -> Edit:
    """The exchanges of one case once more, as those of another."""

    def edit(records: Documents) -> Documents:
        own = [json.loads(json.dumps(one)) | {"case": case} for one in records if one.get("case") == like]
        return [*records[:-1], *own, records[-1]]

    return edit


def hidden(case: str, where: str, change: Callable[[dict[str, Any]], str]) -> Edit:
    """Something of a request said to have been redacted."""

    def edit(records: Documents) -> None:
        one = next(
            one
            for one in records
            if one.get("case") == case
            and one["kind"] == "exchange"
            and (where == "body") is ("body" in one["request"])
            and one["request"]["headers"]
        )
        mark = {"where": f"/request/{change(one['request'])}", "kind": "secret", "n": "0" * 12, "type": "string", "length": 9}
        one["attributes"]["redactions"] = [mark | {"class": "text"}]

    return edit


def masked_key(asked: dict[str, Any]) -> str:
    asked["headers"] = [
        [name, "«secret:000000000000»" if name == "Idempotency-Key" else value] for name, value in asked["headers"]
    ]
    return "headers/idempotency-key"


def masked_body(asked: dict[str, Any]) -> str:
    asked["body"] = "«secret:000000000000»"
    return "body"
