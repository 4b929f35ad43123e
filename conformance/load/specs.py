"""A spec of a domain and version: openapi.yaml bundled, requirements.yaml bound to checks and operations.

Rows of an included file (`include: [{from: common/1.0.0}]`) keep their text and level; the including file may give them another
binding. Rows are resolved here once and for all: a row that names an unknown check, argument, operation, trait or class is an
error of the file, with its line, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from conformance import checks, pointer
from conformance.dialect import STYLES
from conformance.errors import DataError, UsageError, nearest
from conformance.load.data import Folders, digest_of
from conformance.load.documents import Document, check, read_document
from conformance.model import TRAITS, Binding, Level, Operation, Requirement, Spec
from conformance.openapi import bundle, read_operations

__all__ = ["domain_names", "load_spec", "versions"]

_NOTHING: Mapping[str, str] = {"en": "", "zh-Hant": ""}


def domain_names(folders: Folders) -> list[str]:
    """The domains that have a spec to be tested against (one with operations), sorted."""
    return sorted({p.name for p in folders.children("specs") if p.is_dir() and p.name != "common"})


def versions(folders: Folders, domain: str) -> list[str]:
    """The versions of a domain's spec, oldest first."""
    found = {p.name for p in folders.children("specs", domain) if (p / "openapi.yaml").is_file()}
    return sorted(found, key=lambda text: [int(part) if part.isdigit() else -1 for part in text.split(".")])


def load_spec(folders: Folders, domain: str, version: str | None = None) -> Spec:
    """A spec by domain and version (without one: the newest). Raises UsageError for an unknown one, DataError for bad data."""
    known = versions(folders, domain)
    if not known:
        names = domain_names(folders)
        if domain in names:
            where = folders.find("specs", domain)
            raise UsageError(f"{where}: no version of {domain} has a document; expected {where}/<version>/openapi.yaml")
        raise UsageError(f"there is no domain {domain!r}{nearest(domain, names)} (known: {', '.join(names)})")
    chosen = version or known[-1]
    if chosen not in known:
        raise UsageError(f"{domain} has no version {chosen!r} (known: {', '.join(known)})")
    return _load(folders, domain, chosen)


@lru_cache(maxsize=16)
def _load(folders: Folders, domain: str, version: str) -> Spec:
    folder = folders.find("specs", domain, version)
    assert folder is not None  # versions() found it
    source = folder / "openapi.yaml"
    document = bundled(source)
    rows_file = folder / "requirements.yaml"
    if not rows_file.is_file():
        raise UsageError(f"{rows_file}: the spec has no requirements; write this file beside openapi.yaml")
    rows = _read_rows(folders, rows_file)
    operations: dict[str, Operation] = {}
    included = list(_included(folders, rows))
    classes = {name: text for file, _ in [*included, (rows, {})] for name, text in file.content["classes"].items()}
    dialect = rows.content.get("dialect", {})
    if dialect.get("style", "cursor") not in STYLES:
        where = rows.line("/dialect/style")
        raise DataError(f"dialect.style must be one of {', '.join(STYLES)}", file=rows.file, line=where)
    found: list[Requirement] = []
    spec = Spec(
        domain,
        version,
        document,
        digest_of(document),
        operations,
        dialect,
        rows.content.get("setup", {}),
        found,
        classes,
        str(source),
    )
    operations.update(read_operations(spec))
    for file, overrides in included:
        found += _requirements(spec, file, overrides)
    found += _requirements(spec, rows, {})
    _refuse_twice(found)
    return spec


def bundled(source: Path) -> dict[str, Any]:
    """The self-contained OpenAPI document of a file."""
    main = read_document(source)
    if not isinstance(main.content, dict) or "openapi" not in main.content:
        raise DataError("this is not an OpenAPI document: it has no member 'openapi'", file=str(source), line=1)

    @cache  # one file is referred to hundreds of times
    def other(name: str) -> Mapping[str, Any]:
        content = read_document((source.parent / name).resolve()).content
        return content if isinstance(content, dict) else {}

    document = bundle(main.content, other, file=str(source))
    document.pop("x-bundled", None)
    return document


def _read_rows(folders: Folders, path: Path) -> Document:
    document = read_document(path)
    check(document, folders.schema("requirements"))
    return document


def _included(folders: Folders, rows: Document) -> Iterator[tuple[Document, Mapping[str, Any]]]:
    for index, entry in enumerate(rows.content.get("include", ())):
        path = folders.find("specs", *entry["from"].split("/"), "requirements.yaml")
        if path is None:
            line = rows.line(f"/include/{index}/from")
            raise DataError(f"there are no requirements {entry['from']!r}", file=rows.file, line=line)
        file = _read_rows(folders, path)
        known = [row["id"] for row in file.content["requirements"]]
        for member in ("except", "rows"):
            for name in entry.get(member, {}):
                if name not in known:
                    where = rows.line(f"/include/{index}/{member}" + pointer.join(name))
                    raise DataError(
                        f"{entry['from']} has no requirement {name!r}{nearest(name, known)}", file=rows.file, line=where
                    )
        yield file, entry


def _requirements(spec: Spec, file: Document, entry: Mapping[str, Any]) -> Iterator[Requirement]:
    for index, row in enumerate(file.content["requirements"]):
        here = f"/requirements/{index}"
        if row["id"] in entry.get("except", {}):
            continue
        changed = entry.get("rows", {}).get(row["id"], {})
        merged = {**row, **changed}
        if "untested" in changed:
            merged.pop("check", None)
        if row["class"] not in spec.classes:
            hint = nearest(row["class"], spec.classes)
            raise DataError(f"there is no class {row['class']!r}{hint}", file=file.file, line=file.line(here + "/class"))
        yield Requirement(
            id=row["id"],
            level=Level(row["level"]),
            conformance_class=row["class"],
            oracle=row["oracle"],
            text=row["text"],
            source=row["source"],
            remedy=row.get("remedy", _NOTHING),
            binding=_binding(spec, file, here, merged) if "check" in merged else None,
            untested=merged.get("untested") if "check" not in merged else None,
            evidence_min=merged.get("evidence", {}).get("min", 1),
            evidence_per=merged.get("evidence", {}).get("per", "case"),
            where=f"{Path(file.file).parent.parent.name}/{Path(file.file).parent.name}/requirements.yaml:{file.line(here)}",
        )


def _binding(spec: Spec, file: Document, here: str, row: Mapping[str, Any]) -> Binding:
    line = file.line(here + "/check")
    if row["check"] not in checks.names():
        raise DataError(f"there is no check {row['check']!r}{nearest(row['check'], checks.names())}", file=file.file, line=line)
    arguments = row.get("with", {})
    checks.refuse_unknown(row["check"], arguments, file=file.file, line=file.line(here + "/with") or line)
    return Binding(row["check"], arguments, tuple(_chosen(spec, file, here, row["operations"])))


def _chosen(spec: Spec, file: Document, here: str, wanted: Any) -> Iterator[str]:
    line = file.line(here + "/operations")
    if isinstance(wanted, list):
        for name in wanted:
            if name not in spec.operations:
                raise DataError(f"there is no operation {name!r}{nearest(name, spec.operations)}", file=file.file, line=line)
            yield name
        return
    for trait in wanted["where"]:
        if trait not in TRAITS:
            raise DataError(f"there is no trait {trait!r}{nearest(trait, TRAITS)}", file=file.file, line=line)
    for operation in spec.operations.values():
        if set(wanted["where"]) <= operation.traits() and operation.id not in wanted.get("except", ()):
            yield operation.id


def _refuse_twice(rows: list[Requirement]) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        if row.id in seen:
            raise DataError(
                f"the requirement id {row.id} is used twice, at {seen[row.id]} and {row.where}; ids are never re-used"
            )
        seen[row.id] = row.where
