"""The report as one page for people: self-contained, in both languages, readable without JavaScript, fit for paper.

The templates are data (reports/templates); a report reaches them only as context, escaped. The page carries a policy under which a
browser loads nothing and runs only the one script that was built in, so that even a fault in escaping would run nothing. The script adds search
and filters to a page that is whole without it.

With the specification the page holds its clauses and operations, and sources lead to them; with a comparison it says what changed since
an earlier run. Then it is a file of its own (`COMPARED`): what the signed report renders to, without another run, is `FILE`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from conformance.formats._diff import difference
from conformance.formats._page import anchor, arrange, clock
from conformance.formats._templates import environment as environment_of
from conformance.formats._text import shortened
from conformance.load.catalogue import LANGUAGES, say
from conformance.load.data import own_folder
from conformance.model import Spec
from conformance.text.layout import Gap
from conformance.text.shown import visible

__all__ = ["COMPARED", "FILE", "NAME", "READS_SPEC", "SUFFIX", "render"]

NAME, SUFFIX, FILE, COMPARED = "html", "html", "report.html", "compared.html"
READS_SPEC = True
_LONGEST = 900  # characters of a finding's text, expectation or observation


def render(
    report: Mapping[str, Any], language: str = "en", spec: Spec | None = None, comparison: Mapping[str, Any] | None = None
) -> bytes:
    """The page; `language` is the one that it opens in, `spec` the one that the report names, `comparison` what `vendor.compare` found."""
    sheet = _sheet(report)
    text = (
        _environment()
        .get_template("report.html.j2")
        .render(
            page=arrange(report, spec, comparison),
            report=report,
            language=language,
            sheet=Markup(sheet),  # noqa: S704 - every character that is not a letter or digit is escaped
            sheet_digest=_digest(sheet),
        )
    )
    return text.encode("utf-8")


@cache
def _environment() -> jinja2.Environment:
    folder = own_folder() / "reports" / "templates"
    environment = environment_of(folder)
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    environment.globals |= {
        "style": Markup(style),  # noqa: S704 - the suite's own file
        "script": Markup(script),  # noqa: S704 - the suite's own file
        "style_digest": _digest(style),
        "script_digest": _digest(script),
        "languages": LANGUAGES,
        "say": say,
        "t": _said,
        "texts": _texts,
        "prose": _prose,
        "clock": clock,
        "difference": lambda expected, actual: difference(*(shortened(visible(one), _LONGEST) for one in (expected, actual))),
    }
    environment.filters |= {"cut": lambda text: shortened(str(text), _LONGEST), "short": _short, "anchor": anchor}
    environment.tests["gap"] = lambda line: isinstance(line, Gap)
    return environment


def _sheet(report: Mapping[str, Any]) -> str:
    """What stands at the head of every printed sheet: the run, and whose solution it tested."""
    target = report["target"]
    named = f"{target['solutionId']} {target['solutionVersion']}"
    head = " · ".join(shortened(text, 60) for text in (target["vendor"], named) if text.strip())
    corners = {
        "top-left": head,
        "top-right": report["runId"],
        "bottom-left": say("html.title") + " · " + say("html.title", "zh-Hant"),
    }
    font = "font: 8pt sans-serif; color: #59616b"
    boxes = " ".join(f"@{corner} {{ content: {_css_string(text)}; {font} }}" for corner, text in corners.items())
    return f"@page {{ {boxes} }}"


def _css_string(text: str) -> str:
    """A text as a string of CSS, in which nothing but letters and digits of ASCII stands as it is."""
    return '"' + re.sub(r"[^A-Za-z0-9]", lambda found: f"\\{ord(found[0]):x} ", visible(text)) + '"'


def _texts(texts: Mapping[str, Any] | None, *, cut: bool = False) -> Markup:
    """A text in every language, of which the page shows one. `cut` is for texts that a solution's answer may have filled."""
    known = {language: visible(str((texts or {}).get(language, ""))) for language in LANGUAGES}
    found = {language: shortened(text, _LONGEST) if cut else text for language, text in known.items()}
    if len(set(found.values())) == 1:
        return escape(next(iter(found.values())))
    return Markup().join(Markup('<span lang="{}">{}</span>').format(*pair) for pair in found.items())


def _prose(texts: Mapping[str, Any] | None) -> Markup:
    """A text of the specification in every language: what it sets in backticks is code."""
    return Markup(re.sub(r"`([^`<>]+)`", r"<code>\1</code>", str(_texts(texts))))  # noqa: S704 - what stands between was escaped


@cache
def _label(key: str) -> Markup:
    return _texts({language: say(key, language) for language in LANGUAGES})


def _said(key: str, **values: object) -> Markup:
    """A text of the catalogue in every language, filled in."""
    if not values:
        return _label(key)
    return _texts({language: say(key, language, **values) for language in LANGUAGES})


def _short(digest: object) -> str:
    """The beginning of a digest, enough to compare by eye."""
    return str(digest).removeprefix("sha256:")[:12]


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
