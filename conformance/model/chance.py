"""Chance that is the same in every run: whoever draws from equal words draws the same."""

from __future__ import annotations

from random import Random

__all__ = ["chance_of"]


def chance_of(*words: object) -> Random:
    """A generator that is fixed by these words. It is for choosing, never for secrets."""
    return Random("/".join(map(str, words)))  # noqa: S311 - reproducible on purpose
