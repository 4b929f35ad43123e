"""Pages that are no report: one language each, self-contained, without a script.

They are made as the report is (`html`): a template is data and reaches what fills it only as context, escaped, and the page carries a
policy under which a browser loads and runs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache, cached_property, partial
from typing import Any

import jinja2
from markupsafe import Markup

from conformance.formats._reading import Described, Link, clauses, described, linked
from conformance.formats._templates import environment as environment_of
from conformance.formats._text import shortened
from conformance.load.catalogue import say, source_text
from conformance.load.data import own_folder
from conformance.load.sentences import told
from conformance.model import Spec

__all__ = ["Reading", "sheet"]

_LONGEST = 900  # characters of a value


def sheet(template: str, language: str, title: str, **context: Any) -> bytes:
    """The page of a template of `reports/templates` in a language. In it, `said(key, **values)` is a text of the catalogue, `sourced(source)` what a
    requirement rests on, `told(text)` what code says in English.
    """

    def said(key: str, **values: object) -> str:
        return say(key, language, **values)

    def sourced(source: str) -> str:
        return source_text(source, language)

    def in_language(text: str) -> str:
        return told(text, language)

    known = {"said": said, "sourced": sourced, "told": in_language}
    found = _environment().get_template(template)
    return found.render(language=language, title=title, **known, **context).encode("utf-8", "backslashreplace")


class Reading:
    """A spec's own words, as a page shows them."""

    def __init__(self, spec: Spec) -> None:
        self._spec, self.clauses = spec, clauses(spec)

    @cached_property
    def operations(self) -> list[Described]:
        """The operations of the spec that its document describes."""
        return [one for name in self._spec.operations if (one := described(self._spec, name)) is not None]

    def linked(self, source: str, language: str) -> list[Link]:
        """A source as pieces in a language, of which those that name an RFC or a clause lead there."""
        return linked(source, self.clauses, language)


@cache
def _environment() -> jinja2.Environment:
    folder = own_folder() / "reports" / "templates"
    style = (folder / "sheet.css").read_text(encoding="utf-8")
    made = environment_of(folder)
    made.globals |= {
        "sheet_style": Markup(style),  # noqa: S704 - the suite's own file
        "sheet_digest": "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }
    made.filters |= {"json": partial(json.dumps, ensure_ascii=False), "cut": lambda text: shortened(str(text), _LONGEST)}
    return made
