"""Pages that are no report: one language each, self-contained, without a script.

They are made as the report is (`html`): a template is data and reaches what fills it only as context, escaped, and the page carries a
policy under which a browser loads and runs nothing.
"""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import jinja2
from markupsafe import Markup

from conformance.formats.html import digest, environment
from conformance.load.catalogue import say
from conformance.load.data import own_folder

__all__ = ["sheet"]


def sheet(template: str, language: str, title: str, **context: Any) -> bytes:
    """The page of a template of `reports/templates` in a language. In it, `said(key, **values)` is a text of the catalogue."""

    def said(key: str, **values: object) -> str:
        return say(key, language, **values)

    found = _environment().get_template(template)
    return found.render(language=language, title=title, said=said, **context).encode("utf-8", "backslashreplace")


@cache
def _environment() -> jinja2.Environment:
    style = (own_folder() / "reports" / "templates" / "sheet.css").read_text(encoding="utf-8")
    known = environment().overlay()
    known.globals = known.globals | {
        "sheet_style": Markup(style),  # noqa: S704 - the suite's own file
        "sheet_digest": digest(style),
    }
    known.filters = known.filters | {"json": partial(json.dumps, ensure_ascii=False)}
    return known
