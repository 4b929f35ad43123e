"""The pages of the documentation that are made and not written: one for each check, from its docstring, in both languages.

    python -m tests.pages          writes docs/checks/, before `make docs` builds the site

They are not kept in the repository, since the docstring is. A page names the requirements that the check tests, in every interface.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance import checks
from conformance.checks import Check
from conformance.load import data_folders, domain_names, load_spec

DOCS = Path(__file__).resolve().parents[1] / "docs"


def pages() -> dict[str, str]:
    """Markdown by file name, `index.md` among them."""
    used = _used()
    found = {f"{name}.md": _page(checks.check(name), used.get(name, [])) for name in checks.names()}
    return {"index.md": _index(), **found}


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
    folder = DOCS / "checks"
    folder.mkdir(exist_ok=True)
    made = pages()
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
