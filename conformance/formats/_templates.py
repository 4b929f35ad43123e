"""How every page is filled: everything escaped, a name that nobody gave refused, and nothing hidden in a text reaching the reader.

Compiling the templates takes longer than filling them, so what they were compiled to is kept in the user's cache folder (`load.kept`), under
the digest of the template, of this module and of the versions that compiled it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket, bc_magic
from markupsafe import Markup

from conformance.load.kept import keep, recalled
from conformance.text.shown import visible

__all__ = ["environment"]

_KEPT = "pages"  # the folder of what was compiled


class _Compiled(jinja2.BytecodeCache):
    """Templates as they were compiled."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was kept for it; jinja2 looks whether it is of this template."""
        found = recalled(_KEPT, _made_from(bucket))
        if found is not None:
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        keep(_KEPT, _made_from(bucket), bucket.bytecode_to_string())


def _made_from(bucket: Bucket) -> bytes:
    """All that decides what a template is compiled to."""
    return b"\0".join((bucket.key.encode(), bucket.checksum.encode(), bc_magic, _own(), jinja2.__version__.encode()))


@cache
def _own() -> bytes:
    return Path(__file__).read_bytes()


def environment(*folders: Path) -> jinja2.Environment:
    """What fills the templates of a folder, or of the first of several that has one."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_Compiled(),
        auto_reload=False,  # a page of a site would look at its files on disk again, twenty thousand times
    )


def _shown(value: Any) -> Any:
    """What an expression of a template puts out: texts with nothing hidden in them. Markup was made from such texts."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)
