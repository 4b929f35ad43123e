"""JSON for documents whose bytes are hashed or signed: one way to read them, one way to write them.

`parse` refuses everything that two readers could understand differently: a byte order mark, bytes that are not UTF-8,
repeated members, NaN and Infinity, fractions and exponents, integers beyond 2^53 - 1, and lone surrogates.
`canonical` writes compact UTF-8 with sorted members, and refuses what `parse` would refuse.
Responses of a target are never read with this module: what they are is for the checks to say.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import msgspec

from conformance.errors import SuiteError, VerificationError

__all__ = ["LARGEST", "canonical", "dense", "is_exact", "only_exact", "parse"]

LARGEST = 2**53 - 1  # what every JSON reader keeps exact (RFC 8259 section 6)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode
_write_quickly = msgspec.json.Encoder(order="sorted").encode  # what holds exact values alone it writes as `json` does


def parse(data: bytes, what: str, *, limit: int = 16 * 1024 * 1024) -> Any:
    """The document in `data`. Raises VerificationError, naming `what` it is, unless it reads the same everywhere."""
    if len(data) > limit:
        raise VerificationError(f"{what} has {len(data)} bytes, more than the {limit} allowed; it is not read")
    try:
        text = data.decode("utf-8")
        document = _decoder.decode(text)
        if _SURROGATE.search(text):
            _encode(document).encode("utf-8")
    except UnicodeError as error:
        raise VerificationError(f"{what} is not UTF-8 with whole characters only ({error}); it may be damaged") from None
    except (ValueError, RecursionError) as error:
        raise VerificationError(f"{what} is not strict JSON: {error}; it may be damaged or made by other software") from None
    return document


def dense(document: Any) -> bytes:
    """Compact UTF-8 JSON with sorted members, for documents known to hold nothing but exact values.

    A lone surrogate, which no UTF-8 can carry, becomes U+FFFD.
    """
    try:
        return _write_quickly(document)
    except UnicodeEncodeError:
        return _encode(document).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def canonical(document: Any) -> bytes:
    """Compact UTF-8 JSON with sorted members. Raises SuiteError on a value that `parse` would refuse."""
    only_exact(document, "")
    try:
        return _encode(document).encode("utf-8")
    except UnicodeEncodeError:
        raise SuiteError("a document to be hashed or signed holds a lone surrogate, which UTF-8 cannot carry") from None


def only_exact(node: Any, where: str) -> None:
    """Raise SuiteError unless `node` is made of text, integers, booleans, null, arrays and objects alone."""
    if node is None or isinstance(node, str | bool):
        return
    if isinstance(node, int):
        if abs(node) > LARGEST:
            raise SuiteError(f"{where or 'the document'} holds {node}, which JSON readers do not keep exact; write it as text")
    elif isinstance(node, list | tuple):
        for index, member in enumerate(node):
            only_exact(member, f"{where}/{index}")
    elif isinstance(node, dict):
        for key, member in node.items():
            if not isinstance(key, str):
                raise SuiteError(f"{where or 'the document'} has a member name that is not text: {key!r}")
            only_exact(member, f"{where}/{key}")
    else:
        kind = type(node).__name__
        raise SuiteError(f"{where or 'the document'} holds a {kind}; expected text, integers, booleans, nulls, arrays or objects")


def is_exact(node: Any) -> bool:
    """Whether `only_exact` would let a document pass that was read from JSON."""
    if isinstance(node, dict):
        return all(map(is_exact, node.values()))
    if isinstance(node, list):
        return all(map(is_exact, node))
    return not isinstance(node, float) and (not isinstance(node, int) or abs(node) <= LARGEST)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"member {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return members


def _integer(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > LARGEST or text == "-0":
        raise ValueError(f"the integer {text[:40]} is not exact in every reader")
    return number


def _inexact(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not an integer")


_decoder = json.JSONDecoder(object_pairs_hook=_once, parse_int=_integer, parse_float=_inexact, parse_constant=_inexact)
