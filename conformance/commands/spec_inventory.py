"""`yance spec inventory`: the report on the standards that interfaces follow, with the certificates that rest on them and their adoption by county."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance import formats
from conformance.attest import Trust, spec_uri
from conformance.commands.front import common, front_of, out
from conformance.commands.keys import trust_of
from conformance.commands.placing import cell, written
from conformance.committee.inventory import FIELDS, Certified, Registered, Stock, stock
from conformance.errors import UsageError
from conformance.load import load_spec
from conformance.load.catalogue import say
from conformance.load.lifecycle import record_of
from conformance.load.specs import domain_names
from conformance.load.standards import load_standards
from conformance.model import Spec
from conformance.office import COUNTIES, Registry
from conformance.office.events import State
from conformance.office.listing import stats
from conformance.office.verify import opened

__all__ = ["COMMANDS"]

FIRST = "zh-Hant"  # the language of the report, unless another is asked for


@click.command()
@click.argument(
    "names", metavar="DOMAIN[@VERSION]...", nargs=-1, help="What is listed (default: every domain in its version in force)."
)
@click.option(
    "--registry", "where", metavar="PATH|URL", help="Of which registry the certificates and the state of adoption are told."
)
@click.option(
    "--trust", "document", type=click.Path(path_type=Path), help="The trust document, where --registry is an exported folder."
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["text", "html", "pdf", "csv", "json"]),
    default="text",
    show_default=True,
    help="How it is written.",
)
@click.option("--out", "path", type=click.Path(path_type=Path), help="The file to write; text is only printed, PDF only written.")
@common
def inventory(
    names: tuple[str, ...],
    where: str | None,
    document: Path | None,
    wanted: str,
    path: Path | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """List every field and requirement with the domestic or international standard that it follows, what has none, which certificates rest on it, and
    the state of adoption by county. The report is in zh-Hant unless --lang says otherwise. PDF needs the extra: pip install 'yance[pdf]'

    Example: yance spec inventory transport health@1.0.0 --registry registry.sqlite --format html --out inventory.html
    """
    front = front_of(lang or FIRST, as_json, data)
    if wanted == "pdf" and path is None:
        raise UsageError("a PDF is not printed; name the file to write by --out")
    known, now = load_standards(front.folders), datetime.now(UTC)
    with ExitStack() as stack:
        state = _state(where, trust_of(document) if document else Trust(), stack) if where else None
        found = []
        for name in names or domain_names(front.folders):
            spec = load_spec(front.folders, name)
            step = record_of(front.folders, spec.domain, spec.version).state
            found.append(stock(spec, known, step, _registered(state, spec, now) if state is not None else None))
    told = {"specifications": [one.as_json() for one in found]}
    text = {"csv": lambda: _table(found), "html": lambda: _page(found, front.language), "json": lambda: _as_json(told)}
    if wanted == "pdf" and path is not None:
        written(path, formats.printed(_page(found, front.language).encode(), front.language, now))
        front.line(str(path))
    elif wanted in text and path is not None:
        written(path, text[wanted]())
        front.line(str(path))
    elif wanted in text and not as_json:
        out(text[wanted]().removeprefix("\ufeff").rstrip())
    else:
        for one in found:
            for line in _lines(one, front.language):
                front.line(line)
    front.result(told)
    return 0


# ------------------------------------------------------------------------------------------ what the registry says


def _state(where: str, trust: Trust, stack: ExitStack) -> State:
    source = opened(where, trust)
    if isinstance(registry := getattr(source, "registry", None), Registry):
        stack.callback(registry.close)
    return source.state


def _registered(state: State, spec: Spec, now: datetime) -> Registered:
    uri = spec_uri(spec.domain, spec.version)
    found = []
    for number, entry in state.certificates.items():
        said = entry.document
        if said["domain"] == spec.domain and any(one["uri"] == uri for one in said["specification"]):
            solution = f"{said['solution']['id']}@{said['solution']['version']}"
            where = tuple(said["counties"])
            found.append(
                Certified(
                    number, str(entry.status(now)), said["holder"], solution, said["profile"]["id"], where, said["notAfter"]
                )
            )
    counties = stats(state, now).counties_by_domain.get(spec.domain) or dict.fromkeys(COUNTIES, 0)
    return Registered(tuple(found), counties)


# ------------------------------------------------------------------------------------------ written


def _page(found: Sequence[Stock], language: str) -> str:
    title = say("spec.inventory.title", language)
    places = {code: name[language] for code, name in COUNTIES.items()}
    return formats.page("spec-inventory.html.j2", language, title, found=found, places=places).decode()


def _table(found: Sequence[Stock]) -> str:
    """All items as CSV (RFC 4180), with a mark by which spreadsheets know that it is UTF-8."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(FIELDS)
    table.writerows([cell(row[name]) for name in FIELDS] for one in found for row in one.rows())
    return "\ufeff" + text.getvalue()


def _as_json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _lines(one: Stock, language: str) -> Iterator[str]:
    yield say("spec.inventory.of", language, name=one.name, state=say(f"spec.state.{one.state}", language) if one.state else "-")
    for kind in ("field", "parameter", "requirement"):
        yield "  " + say("spec.inventory.counted", language, kind=say(f"spec.inventory.{kind}", language), **one.counts(kind))
    for gap in one.gaps:
        which = ", ".join(item.name for item in gap.items[:12]) + (" …" if len(gap.items) > 12 else "")
        yield f"  ! {say(f'spec.inventory.gap.{gap.kind}', language)} ({len(gap.items)}): {which}"
    if one.registered is not None:
        count, reached = len(one.registered.certificates), one.registered.adopted
        yield "  " + say(
            "spec.inventory.adoption", language, certificates=count, counties=reached, all=len(one.registered.counties)
        )


COMMANDS = (inventory,)
