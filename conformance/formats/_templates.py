"""How every page is filled: everything escaped, a name that nobody gave refused, and nothing hidden in a text reaching the reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from conformance.text.shown import visible

__all__ = ["environment"]


def environment(*folders: Path) -> jinja2.Environment:
    """What fills the templates of a folder, or of the first of several that has one."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: Any) -> Any:
    """What an expression of a template puts out: texts with nothing hidden in them. Markup was made from such texts."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)
