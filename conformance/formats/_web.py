"""Pages of a site: templates of reports/templates/site (and of the desk: `desk/NAME`), filled in one language each, everything escaped.

A page loads its style and its script from beside it and nothing from anywhere else; its policy says so to the browser. Texts may come from
a vendor, so none is ever part of a template, and nothing hidden in one reaches the page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from conformance.formats._templates import environment as environment_of
from conformance.load.catalogue import say
from conformance.load.data import own_folder
from conformance.text.shown import visible

__all__ = ["asset", "filled", "part"]


def filled(template: str, language: str, /, **context: Any) -> bytes:
    """A template of the site, filled. `t` in it is a text of the catalogue in the page's language."""
    return _environment(language).get_template(f"{template}.j2").render(language=language, **context).encode("utf-8")


def part(template: str, language: str, /, **context: Any) -> Markup:
    """A template that is a part of pages, filled once for all of them."""
    return Markup(_environment(language).get_template(f"{template}.j2").render(language=language, **context))  # noqa: S704 - escaped there


def asset(name: str) -> bytes:
    """A file of the site that is the same on every page; of the desk, as `desk/NAME`."""
    return (_folder() / name if "/" in name else _folder() / "site" / name).read_bytes()


def _folder() -> Path:
    return own_folder() / "reports" / "templates"


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = environment_of(_folder() / "site", _folder())
    environment.globals["t"] = lambda key, **values: _text(key, language) if not values else say(key, language, **values)
    return environment


@cache
def _text(key: str, language: str) -> Markup:
    return escape(visible(say(key, language)))
