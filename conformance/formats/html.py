"""The report as one page for people: self-contained, in both languages, readable without JavaScript, fit for paper.

The template is data (reports/templates); a report reaches it only as context, escaped. The page carries a policy under which a
browser loads nothing and runs only the one script that was built in, so that even a fault in escaping would run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from conformance.formats._page import arrange, clock
from conformance.formats._text import shortened
from conformance.load.catalogue import LANGUAGES, say
from conformance.load.data import own_folder
from conformance.text.layout import Gap
from conformance.text.shown import visible

__all__ = ["FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "html", "html", "report.html"
_LONGEST = 900  # characters of a finding's text, expectation or observation


def render(report: Mapping[str, Any], language: str = "en") -> bytes:
    """The page; `language` is the one that it opens in."""
    text = _environment().get_template("report.html.j2").render(page=arrange(report), report=report, language=language)
    return text.encode("utf-8")


@cache
def _environment() -> jinja2.Environment:
    folder = own_folder() / "reports" / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
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
        "clock": clock,
    }
    environment.filters |= {"cut": lambda text: shortened(str(text), _LONGEST), "short": _short}
    environment.tests["gap"] = lambda line: isinstance(line, Gap)
    return environment


def _shown(value: Any) -> Any:
    """What an expression of the template puts out: texts with nothing hidden in them. Markup was made from such texts."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _texts(texts: Mapping[str, Any] | None, *, cut: bool = False) -> Markup:
    """A text in every language, of which the page shows one. `cut` is for texts that a solution's answer may have filled."""
    known = {language: visible(str((texts or {}).get(language, ""))) for language in LANGUAGES}
    found = {language: shortened(text, _LONGEST) if cut else text for language, text in known.items()}
    if len(set(found.values())) == 1:
        return escape(next(iter(found.values())))
    return Markup().join(Markup('<span lang="{}">{}</span>').format(*pair) for pair in found.items())


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
