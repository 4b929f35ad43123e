"""How many turns of its loops and calls of its functions a server may take for one request.

A mutant that never comes to an end is stopped by this count, at the same place on every machine. What loops elsewhere, in C or in a
comprehension, is left to the bound on CPU time.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

__all__ = ["MOST", "Counted", "Overspent", "counting", "kept_by_the_first", "tick"]

MOST = 100_000  # the plain servers take a tenth of it at most; a test holds them to that
_spent = 0


class Overspent(BaseException):
    """The turns are used up. No server catches it: they catch exceptions."""


def tick() -> None:
    """One turn more."""
    global _spent  # noqa: PLW0603 - the mutated sources call this without an object to hold
    _spent += 1
    if _spent > MOST:
        raise Overspent


def kept_by_the_first(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method whose answers are kept under its first argument alone, whatever else it is given and whatever has been written since.

    An argument that shows nothing but its address is another one each time.
    """
    kept: dict[tuple[int, str], Any] = {}

    @wraps(method)
    def read(self: Any, *arguments: Any, **named: Any) -> Any:
        place = (id(self), repr(arguments[:1]))
        if place not in kept or " at 0x" in place[1]:
            kept[place] = method(self, *arguments, **named)
        return kept[place]

    return read


class Counted:
    """An application that begins to count anew with every request; `highest` is the most that one request has taken."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app, self.highest = app, 0

    async def __call__(self, *arguments: Any) -> None:
        global _spent  # noqa: PLW0603 - see above
        _spent = 0
        await self.app(*arguments)
        self.highest = max(self.highest, _spent)


def counting(source: str) -> ast.Module:
    """The syntax tree of a source whose loops and functions count their turns."""
    tree = ast.parse(source)
    at = next(number for number, one in enumerate(tree.body) if isinstance(one, ast.ImportFrom) and one.module == "__future__")
    names = [ast.alias("tick", "_tick"), ast.alias("kept_by_the_first", "_kept_by_the_first")]
    tree.body.insert(at + 1, ast.ImportFrom(__name__, names, 0))
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body.insert(0, ast.Expr(ast.Call(ast.Name("_tick", ast.Load()), [], [])))
    return ast.fix_missing_locations(tree)
