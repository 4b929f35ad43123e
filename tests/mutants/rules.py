"""What a mutant changes: one place of a source, by one of eight rules, found in its syntax tree.

boundaries           `<` is `<=`, `>=` is `>`, also in SQL
operators            `==` is `!=`, `in` is `not in`, `+` is `-`, `min` is `max`, `any` is `all`, `and` is `or`
negated conditions   what was done if it held is done if it does not
dropped clauses      a part of an `and` or `or`, an `if` of a comprehension, an item of a list, set or dictionary, an arm of a choice,
                     a DISTINCT or an AND of SQL
swapped arguments    two neighbours in a call, the two sides of a difference or a quotient
dropped statements   a call whose answer nobody wants, a write, a raise, a guard
stale reads          a value that was read before a write and is used after it; an answer that is kept under too small a key
constants            a number one more or less, true for false

Texts are left alone, apart from SQL: another name of a member or another status is what anything would catch.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["FAMILIES", "Mutant", "mutants_of", "mutated"]

Put = Callable[[ast.AST | list[ast.stmt]], None]
Change = tuple[str, ast.AST | list[ast.stmt]]  # the family, and what stands in the place of a node

_BOUNDARIES: dict[type, type] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_OPPOSITES: dict[type, type] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}
_SUMS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SQL = re.compile(r"\b(?:SELECT|WHERE|UPDATE|AND)\b")
_SQL_EDITS = (
    ("boundaries", re.compile(r"(?<![<>=!])(?:<=|>=|<|>)(?![<>=])"), {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}),
    ("dropped clauses", re.compile(r" AND [^()]+?(?= AND | ORDER | GROUP |$)"), {}),
    ("dropped clauses", re.compile(r"\bDISTINCT "), {}),
)
FAMILIES = (
    "boundaries",
    "operators",
    "negated conditions",
    "dropped clauses",
    "swapped arguments",
    "dropped statements",
    "stale reads",
    "constants",
)


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, and what stands there instead. `number` counts the changes of its source."""

    module: str
    function: str
    family: str
    before: str
    after: str
    nth: int  # among equal changes of one function
    line: int
    number: int

    @property
    def key(self) -> str:
        """Names it as long as the function it is in keeps its text at that place, wherever the function stands."""
        place = f"{self.module.rpartition('.')[2]}:{self.function}"
        return f"{place} [{self.family}] {self.before} → {self.after}" + (f" #{self.nth}" if self.nth else "")


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Every mutant of a module's source, in the order of its text."""
    found: list[Mutant] = []
    seen = Counter[tuple[str, ...]]()
    for number, (scope, node, family, after, _) in enumerate(_edits(ast.parse(source))):
        keeps = isinstance(node, ast.FunctionDef)
        shown = ("every answer anew", "the first answer kept") if keeps else _apart(_text(node), _text(after))
        texts = (scope, family, *shown)
        found.append(Mutant(module, *texts, nth=seen[texts], line=_line(node), number=number))
        seen[texts] += 1
    return found


def mutated(source: str, number: int) -> str:
    """The source with one of its mutants in it."""
    tree = ast.parse(source)
    for at, (_, _, _, after, put) in enumerate(_edits(tree)):
        if at == number:
            put(after)
            return ast.unparse(ast.fix_missing_locations(tree))
    raise IndexError(number)


def _text(node: ast.AST | list[ast.stmt]) -> str:
    whole = ast.fix_missing_locations(ast.Module(node, [])) if isinstance(node, list) else node
    return " ".join(ast.unparse(whole).replace("\n", "; ").split()) or "(nothing)"


def _apart(before: str, after: str, most: int = 110) -> tuple[str, str]:
    """Two texts where they differ: what long ones have in common before that is left out, and what comes long after it."""
    same = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    start = 0 if same < most // 2 else before.rfind(" ", 0, same - most // 3) + 1

    def cut(text: str) -> str:
        shown = ("…" if start else "") + text[start:]
        return shown if len(shown) <= most else f"{shown[: most - 1]}…"

    return cut(before), cut(after)


def _line(node: ast.AST | list[ast.stmt]) -> int:
    return int(getattr(node[0] if isinstance(node, list) else node, "lineno", 0))


# ------------------------------------------------------------------------------------------ walking

_Edit = tuple[str, ast.AST | list[ast.stmt], str, ast.AST | list[ast.stmt], Put]


def _edits(tree: ast.Module) -> Iterator[_Edit]:
    yield from _inside(tree, "")


def _inside(parent: ast.AST, scope: str) -> Iterator[_Edit]:
    """The changes of what is inside a node. Annotations, docstrings, defaults of nothing and `__all__` are no behaviour."""
    for name, value in ast.iter_fields(parent):
        if name in {"annotation", "returns", "decorator_list"} and not _operation(parent, name):
            continue
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt) and not scope.endswith("__init__"):
            yield from _stale(value, scope)
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST) and not _silent(node):
                inner = f"{scope}.{node.name}".lstrip(".") if isinstance(node, _SCOPES) else scope
                put = _putting(parent, name, index if isinstance(value, list) else None)
                for family, after in _changes(node, parent):
                    yield inner, node, family, after, put
                yield from _inside(node, inner)


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _operation(parent: ast.AST, name: str) -> bool:
    """Decorators with arguments hold what an operation takes."""
    return name == "decorator_list" and any(isinstance(one, ast.Call) for one in getattr(parent, name))


def _silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets)
    return isinstance(node, ast.Import | ast.ImportFrom)


def _putting(parent: ast.AST, name: str, index: int | None) -> Put:
    def put(after: ast.AST | list[ast.stmt]) -> None:
        if index is None:
            setattr(parent, name, after)
        else:
            getattr(parent, name)[index : index + 1] = after if isinstance(after, list) else [after]

    return put


def _changes(node: ast.AST, parent: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
        yield from _collection(node, parent)
    elif type(node) in _RULES:
        yield from _RULES[type(node)](node)


def _but(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node that has other fields."""
    other = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


# ------------------------------------------------------------------------------------------ expressions


def _comparison(node: ast.Compare) -> Iterator[Change]:
    op = node.ops[0]
    if len(node.ops) > 1:
        return
    if type(op) in _BOUNDARIES:
        yield "boundaries", _but(node, ops=[_BOUNDARIES[type(op)]()])
    yield "operators", _but(node, ops=[_OPPOSITES[type(op)]()])


def _calculation(node: ast.BinOp) -> Iterator[Change]:
    text = any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )
    if text:
        return
    if type(node.op) in _SUMS:
        yield "operators", _but(node, op=_SUMS[type(node.op)]())
    if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod):
        yield "swapped arguments", _but(node, left=node.right, right=node.left)


def _clauses(node: ast.BoolOp) -> Iterator[Change]:
    for index in range(len(node.values)):
        left = [one for at, one in enumerate(node.values) if at != index]
        yield "dropped clauses", left[0] if len(left) == 1 else _but(node, values=left)
    yield "operators", _but(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _condition(node: ast.If | ast.IfExp) -> Iterator[Change]:
    simple = isinstance(node.test, ast.Compare) and len(node.test.ops) == 1  # what the operators change
    if not simple and not (isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)):
        yield "negated conditions", _but(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.IfExp):
        yield "dropped clauses", node.body
        yield "dropped clauses", node.orelse


def _kept(node: ast.comprehension) -> Iterator[Change]:
    for index, one in enumerate(node.ifs):
        yield "dropped clauses", _but(node, ifs=[other for at, other in enumerate(node.ifs) if at != index])
        if not isinstance(one, ast.Compare | ast.UnaryOp):
            others = [ast.UnaryOp(ast.Not(), other) if at == index else other for at, other in enumerate(node.ifs)]
            yield "negated conditions", _but(node, ifs=others)


def _call(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in _NAMES:
        yield "operators", _but(node, func=ast.Name(_NAMES[node.func.id], ast.Load()))
    if not any(isinstance(one, ast.Starred) for one in node.args):
        for at in range(len(node.args) - 1):
            first, second = node.args[at : at + 2]
            if ast.unparse(first) != ast.unparse(second):
                yield "swapped arguments", _but(node, args=[*node.args[:at], second, first, *node.args[at + 2 :]])


def _negation(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield "negated conditions", node.operand


def _constant(node: ast.Constant) -> Iterator[Change]:
    match node.value:
        case bool():
            yield "constants", _but(node, value=not node.value)
        case int() | float():
            yield "constants", _but(node, value=node.value + 1)
            yield "constants", _but(node, value=node.value - 1)
        case str() if _SQL.search(node.value):
            for family, pattern, instead in _SQL_EDITS:
                for found in pattern.finditer(node.value):
                    text = node.value[: found.start()] + instead.get(found[0], "") + node.value[found.end() :]
                    yield family, _but(node, value=text)


def _collection(node: ast.Tuple | ast.List | ast.Set | ast.Dict, parent: ast.AST) -> Iterator[Change]:
    if isinstance(parent, ast.For | ast.Subscript) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    if isinstance(node, ast.Dict):
        for at in range(len(node.keys) if len(node.keys) > 1 else 0):
            yield (
                "dropped clauses",
                _but(node, keys=node.keys[:at] + node.keys[at + 1 :], values=node.values[:at] + node.values[at + 1 :]),
            )
        return
    constant = all(isinstance(one, ast.Constant | ast.Tuple) for one in node.elts)
    if isinstance(node, ast.Tuple) and not (constant and len(node.elts) > 2):
        return  # most often several answers of one function
    for at in range(len(node.elts) if len(node.elts) > 1 else 0):
        yield "dropped clauses", _but(node, elts=node.elts[:at] + node.elts[at + 1 :])


_RULES: dict[type, Callable[..., Iterator[Change]]] = {
    ast.Compare: _comparison,
    ast.BinOp: _calculation,
    ast.BoolOp: _clauses,
    ast.If: _condition,
    ast.IfExp: _condition,
    ast.UnaryOp: _negation,
    ast.comprehension: _kept,
    ast.Call: _call,
    ast.Constant: _constant,
}

# ------------------------------------------------------------------------------------------ statements


def _statement(node: ast.stmt) -> Iterator[Change]:
    nothing: list[ast.stmt] = [ast.Pass()]
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Raise():
            yield "dropped statements", nothing
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "dropped statements", nothing
        case ast.If(orelse=[]):
            yield "dropped statements", nothing
        case ast.FunctionDef(args=ast.arguments(args=[first, _, _, *_]), decorator_list=[]) if first.arg == "self":
            if any(isinstance(one, ast.Return) and one.value for one in ast.walk(node)):
                kept = ast.Name("_kept_by_the_first", ast.Load())
                yield "stale reads", _but(node, decorator_list=[kept])


def _stale(block: list[ast.stmt], scope: str) -> Iterator[_Edit]:
    """In a block, what a later statement reads is read before an earlier one that writes or lets others run."""
    for at, writing in enumerate(block[:-1]):
        if not _writes(writing):
            continue
        bound = {name.id for name in ast.walk(writing) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        for reading in block[at + 1 :]:
            for parent, name, index, node in _reads(reading, bound):
                kept: ast.stmt = ast.Assign([ast.Name("_kept", ast.Store())], copy.deepcopy(node))
                told: list[ast.stmt] = [kept, copy.deepcopy(writing), ast.Expr(ast.Name("_kept", ast.Load()))]
                yield scope, [writing, ast.Expr(node)], "stale reads", told, _keeping(block, at, parent, name, index, kept)
            bound |= {name.id for name in ast.walk(reading) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def _writes(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute())) | ast.Expr(value=ast.Await()) | ast.Delete():
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign(target=ast.Attribute() | ast.Subscript()):
            return True
        case ast.Assign(value=ast.Await()):
            return True
    return False


def _reads(node: ast.AST, bound: set[str]) -> Iterator[tuple[ast.AST, str, int | None, ast.expr]]:
    """The widest readings of state in a statement, with their places."""
    for name, value in ast.iter_fields(node):
        for index, inner in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(
                inner, ast.Lambda | ast.FunctionDef | ast.comprehension | ast.ListComp | ast.GeneratorExp | ast.Starred
            ):
                continue
            if isinstance(node, ast.Call) and name == "func":  # a method stays what it is; what it belongs to may change
                yield from _reads(inner, bound)
                continue
            names = {one.id for one in ast.walk(inner) if isinstance(one, ast.Name)} if isinstance(inner, ast.AST) else set()
            state = isinstance(inner, ast.Call | ast.Attribute | ast.Subscript) and isinstance(
                getattr(inner, "ctx", ast.Load()), ast.Load
            )
            if state and "self" in names and not names & bound and not _waits(inner):
                yield node, name, index if isinstance(value, list) else None, inner
            elif isinstance(inner, ast.AST):
                yield from _reads(inner, bound)


def _waits(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Await | ast.Lambda) for one in ast.walk(node))


def _keeping(block: list[ast.stmt], at: int, parent: ast.AST, name: str, index: int | None, kept: ast.stmt) -> Put:
    def put(_: ast.AST | list[ast.stmt]) -> None:
        _putting(parent, name, index)(ast.Name("_kept", ast.Load()))
        block.insert(at, kept)

    return put
