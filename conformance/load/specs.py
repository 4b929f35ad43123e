"""A spec of a domain and version: openapi.yaml bundled, requirements.yaml bound to checks and operations.

Rows of an included file (`include: [{from: common/1.0.0}]`) keep their text and level; the including file may give them another
binding, and use the values that the included file defines (`shared`). A version may be written as what it changes in the one before: its rows
include that one's (`including`), and in place of openapi.yaml it has an overlay that extends that one's document (`interfaces`). Rows are resolved here once and for all: a row that names an
unknown check, argument, operation, trait, class or definition is an error of the file, with its line, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from conformance import checks
from conformance.errors import DataError, UsageError, nearest
from conformance.interface.dialect import STYLES
from conformance.interface.openapi import read_operations
from conformance.load.catalogue import in_every_language
from conformance.load.data import Folders, digest_of
from conformance.load.documents import Document, check, read_document
from conformance.load.including import filled, included, inheriting, merged_row
from conformance.load.interfaces import OVERLAY, operations_of, read_interface
from conformance.load.lifecycle import preferred
from conformance.load.overlays import overlaid
from conformance.load.references import refuse_dangling, refuse_dangling_setup
from conformance.model import TRAITS, Binding, Level, Operation, Requirement, Spec
from conformance.text import pointer

__all__ = ["domain_names", "load_interface", "load_spec", "named", "named_spec", "overlaid_spec", "versions"]

SHARED = ("common", "journeys")  # folders of specs/ that are no domain: what domains have in common, and what goes across them
_NOTHING: Mapping[str, str] = {"en": "", "zh-Hant": ""}


def domain_names(folders: Folders) -> list[str]:
    """The domains that have a spec to be tested against (one with operations), sorted."""
    return sorted({p.name for p in folders.children("specs") if p.is_dir() and p.name not in SHARED})


def versions(folders: Folders, domain: str) -> list[str]:
    """The versions of a domain's spec, oldest first."""
    found = {p.name for p in folders.children("specs", domain) if any(path.is_file() for path in _documents(p))}
    return sorted(found, key=lambda text: [int(part) if part.isdigit() else -1 for part in text.split(".")])


def named(domain: str, version: str | None = None) -> tuple[str, str | None]:
    """Domain and version of `domain@version`, or of a domain and a version that is told beside it. Raises UsageError where both are told and differ."""
    name, _, told = domain.partition("@")
    if told and version and told != version:
        raise UsageError(f"{domain} names version {told}, and version {version} is asked for; say one of them")
    return name, told or version


def load_spec(folders: Folders, domain: str, version: str | None = None) -> Spec:
    """A spec by domain and version, or by `domain@version`. Without a version it is the newest one that is in force: no draft, nothing retired.
    Raises UsageError for an unknown one, DataError for bad data.
    """
    domain, version = named(domain, version)
    known = versions(folders, domain)
    if not known:
        names = domain_names(folders)
        if domain in names:
            where = folders.find("specs", domain)
            raise UsageError(f"{where}: no version of {domain} has a document; expected {where}/<version>/openapi.yaml")
        raise UsageError(f"there is no domain {domain!r}{nearest(domain, names)} (known: {', '.join(names)})")
    chosen = version or preferred(folders, domain, known)
    if chosen not in known:
        raise UsageError(f"{domain} has no version {chosen!r} (known: {', '.join(known)})")
    return _load(folders, domain, chosen)


def named_spec(folders: Folders, name: str) -> Spec:
    """A spec by `domain@version`, `domain` (its newest version in force), or the path of a document, which then has no requirements.

    Raises UsageError for a name that is none of these, DataError for bad data.
    """
    domain, mark, version = name.partition("@")
    if Path(name).is_file():
        return load_interface(Path(name))
    if mark or domain in domain_names(folders):
        return load_spec(folders, domain, version or None)
    raise UsageError(f"{name!r} is neither a file nor DOMAIN@VERSION{nearest(domain, domain_names(folders))}")


def load_interface(source: Path) -> Spec:
    """Any OpenAPI document as a spec without a domain and without requirements. Raises DataError for one that cannot be read."""
    interface = read_interface(source)
    operations: dict[str, Operation] = {}
    version = str((interface.content.get("info") or {}).get("version", ""))
    document = interface.content
    spec = Spec("", version, document, digest_of(document), operations, {}, {}, [], {}, str(source))
    operations.update(operations_of(spec, interface))
    return spec


def overlaid_spec(folders: Folders, spec: Spec, overlays: Iterable[Path]) -> Spec:
    """A spec's document with overlays applied, one after another, as a spec without requirements. Raises DataError for an overlay that is
    none, and for a target that finds nothing.
    """
    document = Document(spec.document, spec.source, {})
    for path in overlays:
        overlay = read_document(path)
        check(overlay, folders.schema("overlay"))
        document = overlaid(document, overlay)
    operations: dict[str, Operation] = {}
    content = document.content
    made = Spec(spec.domain, spec.version, content, digest_of(content), operations, {}, {}, [], {}, spec.source)
    operations.update(read_operations(made))
    return made


@lru_cache(maxsize=16)
def _load(folders: Folders, domain: str, version: str) -> Spec:
    folder = folders.find("specs", domain, version)
    assert folder is not None  # versions() found it
    source = next(path for path in _documents(folder) if path.is_file())
    interface = read_interface(source)
    document = interface.content
    rows_file = folder / "requirements.yaml"
    if not rows_file.is_file():
        raise UsageError(f"{rows_file}: the spec has no requirements; write this file beside {source.name}")
    rows = read_document(rows_file)
    check(rows, folders.schema("requirements"))
    operations: dict[str, Operation] = {}
    others = list(included(folders, rows, (f"{domain}/{version}",)))
    rows = inheriting(filled(folders, rows, [file for file, _ in others]), [file for file, _ in others])
    files = [*(file for file, _ in others), rows]
    classes = {name: in_every_language(text) for file in files for name, text in file.content["classes"].items()}
    dialect = rows.content.get("dialect", {})
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
        _earlier(folders, domain, version, rows),
    )
    operations.update(operations_of(spec, interface))
    _refuse_other_places(rows, dialect, operations)
    refuse_dangling_setup(spec, rows)
    for file, entry in others:
        found += _requirements(spec, file, rows, entry)
    found += _requirements(spec, rows, rows, "")
    _refuse_twice(found)
    return spec


def _refuse_other_places(rows: Document, dialect: Mapping[str, Any], operations: Mapping[str, Operation]) -> None:
    """Raises DataError for a style of paging that is none, and for places of an operation that is none."""
    own = dialect.get("operations", {})
    for where, places in [("", dialect), *((pointer.join("operations", name), one) for name, one in own.items())]:
        if places.get("style", "cursor") not in STYLES:
            raise rows.wrong(f"/dialect{where}/style", f"dialect.style must be one of {', '.join(STYLES)}")
    for name in own:
        if name not in operations:
            at = pointer.join("dialect", "operations", name)
            raise rows.wrong(at, f"there is no operation {name!r}{nearest(name, operations)}")


@dataclass(frozen=True)
class _Row:
    """A row as it binds here, and where each member of it stands: in its own file, or in the one that includes it with changes."""

    content: Mapping[str, Any]
    file: Document
    here: str
    changed: Mapping[str, Any]
    by: Document
    there: str

    def place(self, member: str) -> tuple[Document, str]:
        """The document and pointer of a member."""
        return (self.by, f"{self.there}/{member}") if member in self.changed else (self.file, f"{self.here}/{member}")

    def refuse(self, member: str, said: str) -> NoReturn:
        """Raises DataError at a member."""
        document, where = self.place(member)
        raise document.wrong(where, said)


def _documents(folder: Path) -> tuple[Path, ...]:
    """Where the document of a version may lie: written in full, or as what it changes in another one."""
    return folder / "openapi.yaml", folder / OVERLAY


def _earlier(folders: Folders, domain: str, version: str, rows: Document) -> Spec | None:
    """The version that this one goes on from: the one whose rows it includes, where both have one major number."""
    for entry in rows.content.get("include", ()):
        of, _, before = entry["from"].partition("/")
        if of == domain and before.partition(".")[0] == version.partition(".")[0]:
            return load_spec(folders, domain, before)
    return None


def _requirements(spec: Spec, file: Document, by: Document, where: str) -> Iterator[Requirement]:
    """The rows of a file; `where` is the entry of `by` that includes it, empty for `by` itself."""
    entry: Mapping[str, Any] = pointer.first(by.content, where) if where else {}
    for index, row in enumerate(file.content["requirements"]):
        here = f"/requirements/{index}"
        if row["id"] in entry.get("except", {}):
            continue
        changed = entry.get("rows", {}).get(row["id"], {})
        merged = merged_row(row, changed)
        one = _Row(merged, file, here, changed, by, where + pointer.join("rows", row["id"]))
        if row["class"] not in spec.classes:
            one.refuse("class", f"there is no class {row['class']!r}{nearest(row['class'], spec.classes)}")
        yield Requirement(
            id=row["id"],
            level=Level(row["level"]),
            conformance_class=row["class"],
            oracle=row["oracle"],
            text=in_every_language(row["text"]),
            source=row["source"],
            remedy=in_every_language(merged.get("remedy", _NOTHING)),
            binding=_binding(spec, one) if "check" in merged else None,
            untested=in_every_language(merged["untested"]) if "check" not in merged else None,
            evidence_min=merged.get("evidence", {}).get("min", 1),
            evidence_per=merged.get("evidence", {}).get("per", "case"),
            unwitnessed=merged.get("evidence", {}).get("unwitnessed", "inconclusive"),
            where=_written(*file.place(here)),
        )


def _binding(spec: Spec, row: _Row) -> Binding:
    name = row.content["check"]
    if name not in checks.names():
        row.refuse("check", f"there is no check {name!r}{nearest(name, checks.names())}")
    arguments = row.content.get("with", {})
    document, where = row.place("with" if "with" in row.content else "check")
    file, line = document.place(where)
    checks.refuse_unknown(name, arguments, file=file, line=line)
    if "with" in row.content:
        check(document, checks.check(name).schema, at=where)
        refuse_dangling(spec, document, where, arguments)
    return Binding(name, arguments, tuple(_chosen(spec, row)))


def _chosen(spec: Spec, row: _Row) -> Iterator[str]:
    wanted = row.content["operations"]
    if isinstance(wanted, list):
        for name in wanted:
            if name not in spec.operations:
                row.refuse("operations", f"there is no operation {name!r}{nearest(name, spec.operations)}")
            yield name
        return
    for trait in wanted["where"]:
        if trait not in TRAITS:
            row.refuse("operations", f"there is no trait {trait!r}{nearest(trait, TRAITS)}")
    for name in wanted.get("except", ()):
        if name not in spec.operations and row.place("operations")[0] is row.by:
            row.refuse("operations", f"there is no operation {name!r}{nearest(name, spec.operations)}")
    for operation in spec.operations.values():
        if operation.has(wanted["where"]) and operation.id not in wanted.get("except", ()):
            yield operation.id


def _written(file: str, line: int) -> str:
    folder = Path(file).parent
    return f"{folder.parent.name}/{folder.name}/requirements.yaml:{line}"


def _refuse_twice(rows: list[Requirement]) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        if row.id in seen:
            raise DataError(
                f"the requirement id {row.id} is used twice, at {seen[row.id]} and {row.where}; ids are never re-used"
            )
        seen[row.id] = row.where
