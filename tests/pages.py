"""The pages of the documentation that are made and not written: one for each check, from its docstring, in both languages.

    python -m tests.pages          writes docs/checks/ and docs/reference/, before `make docs` builds the site

They are not kept in the repository, since the docstring is. A page names the requirements that the check tests, in every interface, and what a
row may hand to it under `with`. The pages of docs/reference are made of the JSON Schemas by which data folders are read.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance import checks
from conformance.checks import Check
from conformance.load import data_folders, domain_names, load_spec
from conformance.model import TRAITS

DOCS = Path(__file__).resolve().parents[1] / "docs"


def pages() -> dict[str, str]:
    """Markdown by file name, `index.md` among them."""
    used = _used()
    found = {f"{name}.md": _page(checks.check(name), used.get(name, [])) for name in checks.names()}
    return {"index.md": _index(), **found}


def reference() -> dict[str, str]:
    """The pages on annotations, recipes and the dialect, by file name: every member that may be written, with what it means."""
    rules = {name: data_folders().schema(name) for name in ("openapi", "requirements")}
    ours, kinds = rules["openapi"]["$defs"], (("operation", "Operations"), ("parameter", "Parameters"), ("schema", "Schemas"))
    words = [f"## {title}\n\n{_members(ours[name], lambda key: key.startswith('x-'))}" for name, title in kinds]
    words += [
        f"## {title}\n\n{_members(ours[name])}"
        for name, title in (("collection", "x-collection"), ("filter", "x-filter"), ("machine", "x-state-machine"))
    ]
    traits = "Rows choose operations by traits under `where`: " + ", ".join(f"`{name}`" for name in sorted(TRAITS)) + "."
    beside = "They stand in the document, or in an `overlay.yaml` beside it (OpenAPI Overlay 1.0), so that a published document stays as it is."
    own = rules["requirements"]["$defs"]
    made = "A recipe under `setup` says how the suite makes a thing of its own, by the name of the thing."
    places = "What `dialect` leaves out is the house's. Empty texts say that there is none."
    return {
        "annotations.md": "\n\n".join(["# Annotations of a document", beside, *words, "## Traits", traits]) + "\n",
        "recipes.md": "\n\n".join(["# Recipes", made, _members(own["setup"])]) + "\n",
        "dialect.md": "\n\n".join(["# The dialect", places, _members(own["dialect"])]) + "\n",
    }


def _members(rules: Mapping[str, Any], wanted: Any = bool) -> str:
    """The members of an object's schema as a table."""
    lines = ["| member | is | says |", "|---|---|---|"]
    for name, member in rules["properties"].items():
        if wanted(name):
            kind = " or ".join(f"`{one}`" for one in member["enum"]) if "enum" in member else member.get("type", "")
            needed = ", required" if name in rules.get("required", ()) else ""
            lines.append(f"| `{name}` | {kind}{needed} | {member['description']} |")
    return "\n".join(lines)


def _arguments(one: Check) -> Iterator[str]:
    """What a row may hand to a check: each argument with its kind and what stands where it is left out."""
    named: dict[str, inspect.Parameter] = {}
    for half in one.halves:
        named |= {p.name: p for p in inspect.signature(half).parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY}
    described = one.schema.get("properties", {})
    for p in named.values():
        fallback = "needed" if p.default is inspect.Parameter.empty else f"without it `{p.default!r}`"
        told = described.get(p.name, {}).get("description", "")
        yield f"* `{p.name}` ({str(p.annotation).replace('|', 'or')}): {fallback}{f'. {told}' if told else ''}"


def _index() -> str:
    lines = [
        "# Checks",
        "",
        "One page for each, made of its docstring. A check is named as a true sentence about a conforming API.",
        "",
    ]
    families = sorted({checks.check(name).family for name in checks.names()})
    for family in families:
        lines += [f"## {family}", ""]
        lines += [
            f"* [{name}]({name}.md): {one.sentence}" for name in checks.names() if (one := checks.check(name)).family == family
        ]
        lines += [""]
    return "\n".join(lines)


def _page(one: Check, rows: list[str]) -> str:
    tested = ", ".join(rows) or "none of the interfaces that are bundled"
    parts = [
        f"# {one.name.replace('_', ' ')}",
        *_paragraphs(one.doc),
        f"Requirements: {tested}. Family: {one.family}.",
        "## Under `with`",
        "\n".join(_arguments(one)) or "Nothing.",
        "## 中文",
    ]
    return "\n\n".join([*parts, *_lines(one.about)]) + "\n"


def _paragraphs(doc: str) -> Iterator[str]:
    """The paragraphs of a docstring; each of its parts (`Fails when:`) is one, and what is indented is a table, kept as it is."""
    for block in doc.strip().split("\n\n"):
        if block.startswith("    "):
            yield _table(block.splitlines())
        else:
            parts = block.replace("\nInconclusive when:", "\n\nInconclusive when:").replace("\nSource:", "\n\nSource:")
            yield from (_strong(" ".join(part.split())) for part in parts.split("\n\n"))


def _lines(about: str) -> Iterator[str]:
    table: list[str] = []
    for line in about.strip().splitlines():
        if line.startswith("    "):
            table.append(line)
            continue
        if table:
            yield _table(table)
            table = []
        yield _strong(line)
    if table:
        yield _table(table)


def _table(lines: list[str]) -> str:
    return "\n".join(["```text", *(line.removeprefix("    ") for line in lines), "```"])


def _strong(paragraph: str) -> str:
    for word in ("Why:", "Fails when:", "Inconclusive when:", "Source:", "緣由：", "不通過：", "無法判定：", "依據："):
        if paragraph.startswith(word):
            return f"**{word}** {paragraph.removeprefix(word).strip()}"
    return paragraph


def _used() -> dict[str, list[str]]:
    """The requirements that use each check; those that interfaces share come once."""
    found: dict[str, dict[str, None]] = {}
    for domain in domain_names(data_folders()):
        for row in load_spec(data_folders(), domain).requirements:
            if row.binding is not None:
                found.setdefault(row.binding.check, {})[row.id] = None
    return {name: list(rows) for name, rows in found.items()}


def main() -> None:
    for place, made in (("checks", pages()), ("reference", reference())):
        folder = DOCS / place
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.md"):
            if path.name not in made:
                path.unlink()
        for name, text in made.items():
            (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
