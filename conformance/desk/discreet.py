"""Why a run was not taken, without a word of the run: what an archive holds may be a secret, and a refusal is shown, kept and read by others.

An error quotes what it found (`purpose 'self-tset'`), since whoever verifies their own run wants to see that. The desk says the same sentence with the
words that are the suite's own: those of its sentences, names of members of its documents and of the files of a run, ids of requirements and small
numbers. Everything else is left out, whatever it is and however it was spelt. `yance verify`, on the sender's own machine, says all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from conformance.desk.archives import NAMES
from conformance.load import data_folders
from conformance.load.sentences import sentences

__all__ = ["discreet"]

_SCHEMAS = ("evidence", "plan", "report", "statement", "challenge")
_WORD = re.compile(r"[^\s'\"`,;:()\[\]{}<>/=|…]+")
_PLACE = re.compile(r"\{\w+(?:!t)?\}")
_ORDINARY = re.compile(r"\d{1,6}|[A-Z]{3}(?:-[A-Z]{2,5})?-\d{2,3}")  # a number as of a line or a count; the id of a requirement
_LEFT_OUT = re.compile(r"…(?:[\s/=|-]*…)+")


def discreet(said: str, run: Path) -> str:
    """The sentence with `…` for every word that may be the run's. `run` is its folder, of which the sentence does not speak either."""
    own = re.sub(_WORD, lambda found: found[0] if _known(found[0]) else "…", said.replace(f"{run}/", ""))
    return _LEFT_OUT.sub("…", own)


def _known(word: str) -> bool:
    bare = word.rstrip(".!?")
    return not bare or bare in _vocabulary() or _ORDINARY.fullmatch(bare) is not None


@cache
def _vocabulary() -> frozenset[str]:
    """Every word that the suite says itself."""
    said = (word.rstrip(".!?") for text in sentences() for word in _WORD.findall(_PLACE.sub(" ", text)))
    folders = data_folders()
    members = (name for schema in _SCHEMAS for name in _members(folders.schema(schema)))
    return frozenset((*said, *members, *NAMES))


def _members(schema: Any) -> Iterator[str]:
    """The names of members that a schema knows, at any depth."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for value in schema.values():
            yield from _members(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _members(value)
