"""Compiled schemas: whether an instance is valid, and what is wrong with it, on which two implementations agree.

The schemas of an interface are compiled together, as one document with only the definitions that they reach (`reach`), so that a
definition which two hundred operations share is compiled once. Its members are `properties/<n>`: an instance is handed over as `{n:
instance}` and errors lose that step. What has to be its own root, or has names that must not meet those of others, is compiled by
itself. Nothing is ever fetched: a reference out of the document leads nowhere.

Formats are asserted (a `format: date-time` that is not one is an error), as the house style asks. jsonschema-rs answers; where it finds
something, `opinion` is asked too, and DisagreementError is raised unless the two agree: a vendor is not failed for a bug in a validator.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance import limits
from conformance.errors import DisagreementError, UntoldError
from conformance.interface.directions import speaks_of
from conformance.interface.reach import BASE, Definitions, Reach
from conformance.model import Spec
from conformance.text import pointer

if TYPE_CHECKING:
    from conformance.interface.opinion import Opinion

__all__ = ["Compiled", "SchemaError", "alone", "compiled", "defects", "of_kind", "reached"]

Schema = Mapping[str, Any] | bool
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_EMAIL = jsonschema_rs.EmailOptions(allow_display_text=False)  # RFC 5321 Mailbox, which is what JSON Schema asks for
_MOST_REFUSED, _LONGEST_REFUSED = 1024, 2048  # refusals that a document remembers, and characters of an instance that has one
_MOST_CONFIRMED = 4096  # errors on which both were heard, of the same length
_DEPENDS = frozenset(  # whether what these hold is asked of a value depends on what stands beside it
    [
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
        "dependentSchemas",
        "unevaluatedItems",
        "unevaluatedProperties",
        "$dynamicRef",
    ]
)
_KINDS = jsonschema_rs.ValidationErrorKind
_OUT_OF_BREATH = (
    _KINDS.BacktrackLimitExceeded,
    _KINDS.RegexEngineFailure,
)  # the engine gave up; nothing is known of the instance


@dataclass(frozen=True)
class SchemaError:
    """One deviation: where in the instance (JSON Pointer), what the validator says, the keyword that refused it, and what it wants."""

    pointer: str
    message: str
    keyword: str = ""
    expected: str = ""


Mark = tuple[tuple[str, ...], str]  # a way through the schema, and the value at its end
_Told = tuple[SchemaError, tuple[str, ...], Mark | None]


class _Document:
    """One compiled document; the second opinion on it is made when it is first asked for."""

    def __init__(self, content: Schema, **options: Any) -> None:
        self._content = content
        self.refused: dict[
            tuple[str | None, str], bool
        ] = {}  # by key and instance: scripts spoil alike, twice or for many operations
        self.confirmed: set[Mark | None] = set()
        whole = content if isinstance(content, bool) else dict(content)
        self.validator = jsonschema_rs.validator_for(whole, offline=True, email_options=_EMAIL, **options)

    @cached_property
    def opinion(self) -> Opinion:
        """The same document as the reference implementation reads it."""
        from conformance.interface.opinion import Opinion  # noqa: PLC0415 - a run that finds nothing need not load it

        return Opinion(self._content)


@dataclass(frozen=True)
class Compiled:
    """A schema, ready to be asked. `key` is its member of a document that is shared; None where it is the document."""

    document: _Document
    key: str | None = None

    def is_valid(self, instance: Any) -> bool:
        """Whether jsonschema-rs accepts the instance."""
        found: bool = self.document.validator.is_valid(instance if self.key is None else {self.key: instance})
        return found

    def errors(self, instance: Any, *, apart_from: Collection[str] = ()) -> list[SchemaError]:
        """What is wrong with the instance, by both opinions; empty when the first accepts it, and no more than the first
        `limits.ERRORS` of very many. `apart_from` are pointers to values that something else stands for: what is wrong with them
        alone is left out.

        Raises DisagreementError where jsonschema-rs finds something at a place where `jsonschema` finds nothing, and UntoldError where the
        instance is large and the one error that is made of it says that such a value is wrong.
        """
        found = list(islice(self._found(instance, apart_from), limits.ERRORS))
        fresh = {mark for _, _, mark in found} - self.document.confirmed
        if fresh:
            self._confirm(found, instance)
            self._remember(fresh)
        return [one for one, _, _ in found]

    def _remember(self, marks: set[Mark | None]) -> None:
        """Keep what both opinions found: the same value, wrong by the same keyword, is wrong to both wherever else it stands."""
        confirmed = self.document.confirmed
        if len(confirmed) + len(marks) > _MOST_CONFIRMED:
            confirmed.clear()
        confirmed.update(mark for mark in marks if mark is not None)

    def accepts(self, instance: Any) -> bool:
        """Whether both opinions accept the instance: what it takes to show it as a valid one."""
        if not self.is_valid(instance):
            return False
        where = "" if self.key is None else f"/properties/{self.key}"
        try:
            return next(self.document.opinion.errors(where, instance), None) is None
        except Exception:  # noqa: BLE001 - whatever it raises, it does not accept
            return False

    def refuses(self, instance: Any) -> bool:
        """Whether both opinions refuse the instance: what it takes to say that it is invalid."""
        if self.is_valid(instance):
            return False
        text = _short(instance)
        if text is None:
            return self._refuses(instance)
        known, key = self.document.refused, (self.key, text)
        if key not in known:
            if len(known) >= _MOST_REFUSED:
                known.clear()
            known[key] = self._refuses(instance)
        return known[key]

    def _refuses(self, instance: Any) -> bool:
        try:
            return bool(self.errors(instance))
        except DisagreementError:
            return False

    def why_not(self, instance: Any) -> tuple[str, str]:
        """Where in an instance it is refused (JSON Pointer), and what is wanted there; both empty where the opinions do not agree on it."""
        try:
            found = self.errors(instance)
        except DisagreementError:
            return "", ""
        return (found[0].pointer, found[0].expected or found[0].keyword) if found else ("", "")

    def first_errors(self, instance: Any) -> Iterator[SchemaError]:
        """What jsonschema-rs alone finds, in its order."""
        return (one for one, _, _ in self._found(instance))

    def _found(self, instance: Any, apart_from: Collection[str] = ()) -> Iterator[_Told]:
        """What jsonschema-rs finds, each with the places at which `jsonschema` would say the same: a member that may not be there at all
        (its schema is `false`) is wrong in itself to the one, and in what holds it to the other. By its mark it is known again.
        """
        skipped = 0 if self.key is None else 1

        def spared(error: Any) -> bool:
            return bool(apart_from) and _rests_on(error, apart_from, skipped)

        for error in self._raw(instance if self.key is None else {self.key: instance}, spared):
            if isinstance(error.kind, _OUT_OF_BREATH):
                raise DisagreementError(f"jsonschema-rs cannot tell: {error.message[:300]}")
            keyword = next((part for part in reversed(error.schema_path) if isinstance(part, str)), "")
            where = pointer.join(*error.instance_path[skipped:])
            holder = where.rpartition("/")[0] if error.kind.name == "falseSchema" else where
            told = SchemaError(where, _said(error), keyword, _wanted(keyword, error.kind.as_dict()))
            yield told, (where, holder), _mark(error) if where == holder else None

    def _raw(self, whole: Any, spared: Callable[[Any], bool]) -> Iterator[Any]:
        """The errors of jsonschema-rs that are not spared. It makes all of them before it gives the first: of a large document it is asked
        for one, and what stands behind one that is spared is not known.
        """
        validator = self.document.validator
        if validator.is_valid(whole):  # nearly always, and then how large it is need not be counted
            return
        if not _is_large(whole):
            yield from (error for error in validator.iter_errors(whole) if not spared(error))
            return
        try:
            validator.validate(whole)
        except jsonschema_rs.ValidationError as error:
            if spared(error):
                why = f"it has more than {limits.ERRORS_AT_ONCE} values, and the first that is wrong was redacted"
                raise UntoldError(why) from None
            yield error

    def _confirm(self, found: Sequence[_Told], instance: Any) -> None:
        """Raises DisagreementError unless the second opinion finds something wherever the first did."""
        where = "" if self.key is None else f"/properties/{self.key}"
        second: dict[str, str] = {}
        left, open_ = set(range(len(found))), dict[str, set[int]]()
        for index, (_, places, _) in enumerate(found):
            for place in places:
                open_.setdefault(place, set()).add(index)
        try:
            for at, why in self.document.opinion.errors(where, instance):
                second.setdefault(at, why)
                left -= open_.pop(at, set())
                if not left:
                    return
        except Exception as error:  # whatever it raises, it does not confirm
            raise DisagreementError(_both(found[0][0], f"fails with {type(error).__name__}: {error}")) from error
        for one, places, _ in found:
            if second.keys().isdisjoint(places):
                elsewhere = "; ".join(f"at {at or '/'}: {why}" for at, why in list(second.items())[:3])
                raise DisagreementError(_both(one, f"finds {elsewhere[:300]}" if elsewhere else "finds nothing"))


def _mark(error: Any) -> Mark | None:
    """What the two opinions on a value rest on: the value, and the keyword by which it is wrong, where that is asked of every value that
    comes to its place. Whether it is asked at all may depend on what stands beside the value; then an opinion holds for that place alone.
    """
    way = tuple(part for part in error.schema_path if isinstance(part, str))
    text = None if _DEPENDS.intersection(way) else _short(error.instance)
    return None if text is None else (way, text)


def _said(error: Any) -> str:
    """What the validator says; of a constant, which it names twice and what came not at all, what came."""
    return f"it is {json.dumps(error.instance, ensure_ascii=False)}" if error.kind.name == "const" else str(error.message)


def _is_large(instance: Any) -> bool:
    """Whether an instance has more than `limits.ERRORS_AT_ONCE` values, a text counted as one for each 64 characters: each error may hold
    all of it. No more of them are counted.
    """
    count, level = 0, [instance]
    while level and count <= limits.ERRORS_AT_ONCE:
        node = level.pop()
        count += 1
        if isinstance(node, dict):
            level += node.values()
        elif isinstance(node, list):
            count += len(node)
            level += (one for one in node if isinstance(one, dict | list | str))
        elif isinstance(node, str):
            count += len(node) // 64
    return count > limits.ERRORS_AT_ONCE


def _both(first: SchemaError, second: str) -> str:
    """The two answers in one line."""
    return f"jsonschema-rs finds at {first.pointer or '/'}: {first.message[:300]}; jsonschema {second}"


def _rests_on(error: Any, places: Collection[str], skipped: int) -> bool:
    """Whether an error says no more than that a value at one of these places is wrong: it is there, or all errors of some branch are."""
    if pointer.join(*error.instance_path[skipped:]) in places:
        return True
    branches = getattr(error.kind, "context", None) or ()
    return any(branch and all(_rests_on(one, places, skipped) for one in branch) for branch in branches)


def _wanted(keyword: str, details: Mapping[str, Any]) -> str:
    """What a keyword asks for, in few words: `type: integer or null`, `minimum: 3`; the keyword alone where it is no plain value."""
    found = next(iter(details.values()), None)
    values = found if isinstance(found, list) else [found]
    if found is None or not values or not all(isinstance(value, str | int | float) for value in values):
        return keyword
    return f"{keyword}: " + " or ".join(map(str, values))[:200]


def _short(instance: Any) -> str | None:
    """An instance as a text by which it is known again; None where that is long, or there is none."""
    try:
        text = json.dumps(instance)
    except (RecursionError, TypeError, ValueError):
        return None
    return text if len(text) <= _LONGEST_REFUSED else None


# ------------------------------------------------------------------------------------------ schemas that stand alone


@lru_cache(maxsize=512)
def _by_text(text: str) -> Compiled:
    return Compiled(_Document(json.loads(text), validate_formats=True))


def alone(schema: Schema) -> Compiled:
    """A schema that stands alone, compiled once per text."""
    return _by_text(json.dumps(schema))


def of_kind(schema: Schema) -> Compiled:
    """A schema that stands alone and names its own dialect by `$schema`. Formats are annotations there, as its authors had it."""
    return Compiled(_Document(schema))


# ------------------------------------------------------------------------------------------ schemas of an interface


@dataclass
class _Pool:
    """The compiled schemas of one document for one direction, by object and by text. It holds what it was asked for, so an id stays its own."""

    definitions: Definitions
    by_text: dict[str, Compiled] = field(default_factory=dict)
    by_id: dict[int, tuple[Schema, Compiled]] = field(default_factory=dict)


_MOST_DOCUMENTS = 8  # at a time; a process seldom has more than one
_pools: OrderedDict[int, tuple[Mapping[str, Any], dict[str, _Pool]]] = OrderedDict()


def _pool(spec: Spec, direction: str) -> _Pool:
    """The pool of a direction: where no schema of the document speaks of it, that of none."""
    document = spec.document
    if id(document) not in _pools:
        _pools[id(document)] = document, {}
        if len(_pools) > _MOST_DOCUMENTS:
            _pools.popitem(last=False)
    pools = _pools[id(document)][1]
    if direction not in pools:
        if direction and not speaks_of(document, direction):
            pools[direction] = _pool(spec, "")
        else:
            pools[direction] = _Pool(Definitions(document, direction))
    return pools[direction]


def compiled(spec: Spec, schema: Schema, direction: str = "") -> Compiled:
    """A schema that stands in the spec's document, for what travels in a direction (one of `directions`, or empty for neither).

    Raises what jsonschema-rs raises when it is none that can be used.
    """
    pool = _pool(spec, direction)
    known = pool.by_id.get(id(schema))
    if known is None:
        text = _text(schema)
        if text not in pool.by_text:
            _compile(pool, [(text, schema)])
        known = pool.by_id[id(schema)] = (schema, pool.by_text[text])
    return known[1]


def defects(spec: Spec, schemas: Sequence[tuple[Schema, str]]) -> Iterator[tuple[int, str, str]]:
    """Which schemas, each with its direction, cannot be used, as `(index, pointer, why)`. Those that can are compiled then, together:
    all are tried at once, and halves where that fails.
    """

    def tried(first: int, end: int) -> Iterator[tuple[int, str, str]]:
        try:
            _admit(spec, schemas[first:end])
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            if end - first > 1:
                half = (first + end) // 2
                yield from tried(first, half)
                yield from tried(half, end)
            else:
                yield first, *_why(error)

    yield from tried(0, len(schemas))


def _admit(spec: Spec, schemas: Sequence[tuple[Schema, str]]) -> None:
    """Compile schemas, those of a pool together."""
    asked: dict[int, tuple[_Pool, dict[str, Schema]]] = {}
    for schema, direction in schemas:
        pool = _pool(spec, direction)
        asked.setdefault(id(pool), (pool, {}))[1][_text(schema)] = schema
    for pool, texts in asked.values():
        _compile(pool, [(text, schema) for text, schema in texts.items() if text not in pool.by_text])


def reached(spec: Spec, direction: str = "") -> frozenset[str]:
    """The pointers of the definitions that were compiled for a spec until now."""
    return _pool(spec, direction).definitions.read


def _text(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True)


def _compile(pool: _Pool, schemas: Iterable[tuple[str, Schema]]) -> None:
    """Compile schemas that are not known yet, and keep them by their texts."""
    together: dict[str, Reach] = {}
    for text, schema in schemas:
        reach = pool.definitions.reach(schema)
        if reach.rooted:
            pool.by_text[text] = Compiled(_interface([reach], rooted=True))
        elif reach.apart:
            pool.by_text[text] = Compiled(_interface([reach]), "0")
        else:
            together[text] = reach
    if together:
        document = _interface(list(together.values()))
        pool.by_text |= {text: Compiled(document, str(index)) for index, text in enumerate(together)}


def _interface(parts: Sequence[Reach], *, rooted: bool = False) -> _Document:
    """Schemas and what they need as one document: as its members, or, `rooted`, the only one as its root."""
    found: dict[str, Any] = {"$defs": {}, "components": {}}
    for part in parts:
        for (place, where), schema in part.definitions.items():
            found[place][where] = schema
    if rooted:
        root = parts[0].schema
        own = root.get("$defs")
        whole = {"$id": BASE, **root, **found, "$defs": {**(own if isinstance(own, Mapping) else {}), **found["$defs"]}}
    else:
        whole = {"$id": BASE, "properties": {str(index): part.schema for index, part in enumerate(parts)}, **found}
    return _Document({"$schema": _DRAFT, **whole}, validate_formats=True)


def _why(error: Exception) -> tuple[str, str]:
    """Where the document cannot be used (a pointer into it, where it is in a definition; else into the schema), and why."""
    if not isinstance(error, jsonschema_rs.ValidationError):
        return "", str(error).splitlines()[0]
    path = list(error.instance_path)
    if path[:1] == ["properties"] and len(path) > 1:
        return pointer.join(*path[2:]), error.message
    if len(path) > 1 and path[0] in ("components", "$defs") and str(path[1]).startswith("/"):
        return f"{path[1]}{pointer.join(*path[2:])}", error.message
    return pointer.join(*path), error.message
