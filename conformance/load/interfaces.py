"""An interface's openapi.yaml, with its overlay and the files that it refers to, as one document that was looked over before anything is made
of it.

What Yance reads of it has to have the form that OpenAPI gives it, and what only Yance reads (`x-collection`, `x-filter` …) the form that
reports/schemas/openapi.schema.json says; the rest is nobody's business. A mistake is one line with the file and the line in which it was
written, whichever file that is. What cannot be asked (a path without its parameter, a server of its own) is refused only where a
profile names the operation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from conformance.errors import DataError, nearest
from conformance.interface.bundling import bundle_with_places
from conformance.interface.openapi import METHODS, read_operations
from conformance.interface.references import MISSING as NOWHERE
from conformance.interface.references import AstrayError, dangling, find, objects, path_item, said_in
from conformance.interface.schema import unusable
from conformance.interface.servers import servers_of
from conformance.load.data import own_folder
from conformance.load.documents import Document, artefact_schema, check, read_document
from conformance.load.overlays import overlaid
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = ["OVERLAY", "composed", "operations_of", "read_interface", "refuse_untestable", "untestable"]

_SUPPORTED = re.compile(r"3\.[01]\.[0-9]+(?:-.+)?")
_SECTIONS = {  # of `components`, with what stands in them
    "schemas": "schema",
    "parameters": "parameter",
    "responses": "response",
    "requestBodies": "body",
    "headers": "header",
    "pathItems": "item",
}
_NAMED = re.compile(r"\{([^{}]*)\}")
OVERLAY = "overlay.yaml"  # beside the document, where there is one
_SHOWN = 120  # characters of an address
_LIKE = 0.85  # how near an extension has to be to one of ours before it is taken for a slip


def read_interface(source: Path) -> Document:
    """The self-contained document of a file, with what an overlay beside it changes; each value with its place. Raises DataError for the
    first mistake.
    """
    main = composed(source)
    folder = Path(main.file).parent
    read: dict[str, Document] = {}

    @cache  # one file is referred to hundreds of times
    def other(name: str) -> Any:
        read[name] = read_document(folder / name)
        return read[name].content

    try:
        content, places = bundle_with_places(main.content, other, file=str(source))
    except AstrayError as error:
        raise main.wrong(error.where, str(error)) from None
    origins = {**main.origins, **{at: (read[name], fragment) for at, (name, fragment) in places.items()}}
    found = Document(content, main.file, main.lines, origins)
    _refuse_other_forms(found)
    _refuse_near_misses(found)
    return found


def composed(source: Path, *, strict: bool = True) -> Document:
    """A document as it was written, with the overlay beside it; an overlay that `extends` another version's document stands for that one as it
    changes it. What it refers to is looked for from the document that was extended. `strict`: it has to be OpenAPI 3.0 or 3.1.
    """
    main = read_document(source)
    if source.name == OVERLAY and isinstance(main.content, dict) and "overlay" in main.content:
        return _extended(main, source, strict=strict, above=())
    if strict:
        _refuse_other_kinds(main)
    if not (beside := source.with_name(OVERLAY)).is_file():
        return main
    overlay = read_document(beside)
    check(overlay, _rules("overlay"))
    return overlaid(main, overlay)


def _extended(overlay: Document, source: Path, *, strict: bool, above: tuple[Path, ...]) -> Document:
    check(overlay, _rules("overlay"))
    if "extends" not in overlay.content:
        raise overlay.wrong(
            "", "there is no openapi.yaml beside this overlay; write it, or let the overlay say what it `extends`"
        )
    if source.resolve() in above:
        raise overlay.wrong("/extends", "overlays extend each other in a loop")
    earlier = _extends(source, overlay.content["extends"])
    if not earlier.is_file():
        raise overlay.wrong("/extends", f"there is no file {earlier}")
    if earlier.name == OVERLAY:
        main = _extended(read_document(earlier), earlier, strict=strict, above=(*above, source.resolve()))
    else:
        main = composed(earlier, strict=strict)
    return overlaid(main, overlay)


def _extends(source: Path, named: str) -> Path:
    """The document that an overlay extends: where its path leads, else the suite's own that would lie there, were it in the same data folder."""
    beside = source.parent / named
    home, own = source.resolve().parents, own_folder() / "specs"
    if beside.is_file() or len(home) < 3 or home[2].name != own.name:
        return beside
    inside = Path(os.path.normpath(Path(*source.resolve().parts[-3:-1]) / named))
    found = own / inside
    return found if ".." not in inside.parts and not inside.is_absolute() and found.is_file() else beside


def _refuse_other_kinds(main: Document) -> None:
    """Raises DataError unless it is OpenAPI 3.0 or 3.1."""
    content = main.content
    if not isinstance(content, dict) or not ("openapi" in content or "swagger" in content):
        raise DataError("this is not an OpenAPI document: it has no member 'openapi'", file=main.file, line=1)
    if "openapi" not in content:
        raise main.wrong(
            "/swagger", "Swagger 2.0 is not read; convert the document to OpenAPI 3.0 or 3.1 (every editor of OpenAPI can)"
        )
    version = content["openapi"]
    if not isinstance(version, str) or not _SUPPORTED.fullmatch(version):
        said = f"OpenAPI {version} is not supported; expected 3.0.x or 3.1.x, in quotes if need be"
        if str(version).startswith("3.2"):
            said += " (write the document as 3.1: without query methods, additionalOperations and other members that 3.2 brought)"
        raise main.wrong("/openapi", said)


def _refuse_other_forms(document: Document) -> None:
    """Raises DataError for what has another form than it is read in: first the frame, then each path and each component by itself, since
    a validator copies what it is asked about.
    """
    content = document.content
    parts: list[tuple[str, str]] = []
    frame = dict(content)
    if isinstance(paths := content.get("paths"), Mapping):
        parts += [(pointer.join("paths", path), "item") for path in paths if path.startswith("/")]
        frame["paths"] = {}
    if isinstance(components := content.get("components"), Mapping):
        frame["components"] = dict(components)
        for section, kind in _SECTIONS.items():
            if isinstance(members := components.get(section), Mapping):
                parts += [(pointer.join("components", section, name), kind) for name in members]
                frame["components"][section] = {}
    check(replace(document, content=frame), _rules())
    for where, kind in parts:
        check(document, _rules_of(kind), at=where)


@cache
def _rules_of(kind: str) -> Mapping[str, Any]:
    """The rules of what stands at one place: one object for thousands of them."""
    return {"$ref": f"#/$defs/{kind}", "$defs": _rules()["$defs"]}


def _rules(name: str = "openapi") -> Mapping[str, Any]:
    found: Mapping[str, Any] = artefact_schema(own_folder() / "reports" / "schemas", name)
    return found


def _refuse_near_misses(document: Document) -> None:
    """Raises DataError for an extension that looks like one of ours and is none: it would be passed over without a word."""
    ours = sorted({name for part in _rules()["$defs"].values() for name in part.get("properties", {}) if name.startswith("x-")})
    checked: set[str] = set(ours)
    strange = [name for name in said_in(document.content).names if name.startswith("x-") and name not in checked]
    if not any(nearest(name, ours, cutoff=_LIKE) for name in strange):
        return
    for where, node, _ in objects(document.content):
        for name in node:
            if name.startswith("x-") and name not in checked:
                if hint := nearest(name, ours, cutoff=_LIKE):
                    raise document.wrong(
                        where + pointer.join(name), f"nobody reads {name!r}{hint} (if it is somebody else's, rename it)"
                    )
                checked.add(name)


# ------------------------------------------------------------------------------------------ operations


def operations_of(spec: Spec, document: Document) -> dict[str, Operation]:
    """The operations of an interface by name. Raises DataError for a name that stands twice, for one that our annotations mean and that
    is none, and where there is no operation at all.
    """
    try:
        _refuse_twice(document)
        found = read_operations(spec)
    except AstrayError as error:
        raise document.wrong(error.where, str(error)) from None
    if not found:
        raise document.wrong("/paths", "the document has no operation under paths, so nothing can be tested")
    for operation in found.values():
        for name, kind, known in _meant(operation, found):
            if name not in known:
                where = pointer.join("paths", operation.path, operation.method.lower())
                raise document.wrong(where, f"{operation.id}: there is no {kind} {name!r}{nearest(name, known)}")
    return found


def _refuse_twice(document: Document) -> None:
    """Raises DataError for an operationId that two operations have."""
    first: dict[str, str] = {}
    for path, item in (document.content.get("paths") or {}).items():
        if not path.startswith("/"):
            continue
        whole = path_item(document.content, item, pointer.join("paths", path))
        for method in METHODS:
            name = whole[method].get("operationId") if isinstance(whole.get(method), Mapping) else None
            if name in first:
                where = pointer.join("paths", path, method, "operationId")
                raise document.wrong(where, f"{method.upper()} {path}: the operationId {name!r} is that of {first[name]}, too")
            if name is not None:
                first[name] = f"{method.upper()} {path}"


def _meant(operation: Operation, operations: Mapping[str, Operation]) -> Iterator[tuple[str, str, list[str]]]:
    """The names that our annotations of an operation mean: each with its kind, and the names of that kind."""
    names, own = list(operations), [p.name for p in operation.parameters]
    if isinstance(reads := (operation.collection or {}).get("get"), str):
        yield reads, "operation (x-collection)", names
    for p in operation.parameters:
        if isinstance(related := (p.filter or {}).get("operation"), str):
            yield related, "operation (x-filter)", names
    for name in operation.raw.get("x-requires-one-of", ()):
        yield name, "parameter (x-requires-one-of)", own


# ------------------------------------------------------------------------------------------ what a profile names


def refuse_untestable(spec: Spec, names: tuple[str, ...]) -> None:
    """Raises DataError for the first of these operations that cannot be asked or judged."""
    for name in names:
        for where, why in _unaskable(spec.operations[name]):
            raise read_interface(Path(spec.source)).wrong(where, f"{name} {why}; or leave the operation out of the profile")
    for name, where, why in unusable(spec, names):
        at = _in_document(spec, where, why)
        said = f"{name} has a schema that cannot be used{f', at {where}' if where else ''}: {why}"
        raise read_interface(Path(spec.source)).wrong(
            at, f"{said}; mend it in a copy of the document, or leave the operation out of the profile"
        )


def untestable(spec: Spec, names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Which of these operations cannot be asked or judged, as `(operation, pointer into the document, why)`."""
    for name in names:
        yield from ((name, where, why) for where, why in _unaskable(spec.operations[name]))
    for name, where, why in unusable(spec, names):
        yield name, _in_document(spec, where, why), f"has a schema that cannot be used: {why}"


def _unaskable(operation: Operation) -> Iterator[tuple[str, str]]:
    path = pointer.join("paths", operation.path)
    own = [p.name for p in operation.parameters if p.location == "path"]
    for name in _NAMED.findall(operation.path):
        if name not in own:
            yield path, f"has {{{name}}} in its path, which no parameter declares{nearest(name, own)}"
    document = operation.spec.document
    item = path_item(document, document["paths"][operation.path])
    servers = servers_of(document)
    if servers.root(item, operation.raw) is None:
        where = f"{path}/{operation.method.lower()}" if operation.raw.get("servers") else path
        said = f"has a server on another host, {servers.address(item, operation.raw)[:_SHOWN]}, and a run asks one host"
        yield f"{where}/servers", f"{said}; test it in a run of its own, with an overlay that takes this server away"


def _in_document(spec: Spec, where: str, why: str) -> str:
    """Where in the document a schema cannot be used: at the place that was told, or where a reference leads nowhere."""
    if where and find(spec.document, f"#{where}") is not NOWHERE:
        return where
    return next((at for at, ref in dangling(spec.document) if ref.partition("#")[2] in why), "")
