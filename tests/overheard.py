"""What a target hears of a run, byte for byte, and which of it recurs in another run for no reason of the document's or its own.

A text is the target's own where an answer held it before it was first said; what an answer echoes is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from conformance.model import Ixit, Spec, altered_secret

__all__ = ["EXCEPT", "Overheard", "recurring"]

SHORT = 3  # characters: anybody may say them
EXCEPT = {  # what may recur beside, and why it tells nobody who asks
    r"(?i)accept.*|access-control-.*|authorization|cache-control|content-.*|host|idempotency-key|if-.*|origin|prefer|user-agent|x-http-.*|connection": "names of header fields",
    r"no-cache|authorization|POST|PUT|PATCH|DELETE|GET|HEAD|OPTIONS|gzip.*|Bearer|Basic|return=.*|keep-alive": "words of HTTP",
    r"true|TRUE|false|null": "words of JSON, and one that is none",
    r"application/x-www-form-urlencoded|text/[a-z]+|application/(merge-patch\+)?json|application/cloudevents.*": "registered media types",
    r"[*]/[*].*|([a-z/+.*-]+,)*[a-z/+.*-]+; ?(q=.*)?|q=[0-9.]+": "weights of the document's own media types, of which HTTP has few spellings",
    r"__proto__|has[A-Z]\w+|is[A-Z]\w+|propertyIs\w+|to[A-Z]\w*String|toString|constructor|valueOf|__\w+ter__": "names of any object",
    r"9223372036854775808|2147483648|4294967296|18446744073709551616|9007199254740993|-?1[.]7976931348623157e[+]308": "border numbers themselves",
    r"-?0*[0-9]{1,6}([.][0-9]{1,3})?|[0.,]+|0[.]3+|[0-9]+[.]0": "numbers that lie at the bounds of the document's schemas and rows, or come first there",
    r"-?[0-9.]+e-[0-9]+": "the least numbers that halves make",
    r"(-?[0-9]{1,3}([.][0-9]+)?,){3}-?[0-9]{1,3}([.][0-9]+)?": "boxes around what the target showed",
    r"(0{4}|0115|18|19|20|21)[0-9-]*-[0-9]{2}-[0-9]{2}(T.*)?|[0-9]{2,3}-?[0-9]{2}-?[0-9]{2}|[+-]?[0-9]{2}:[0-9]{2}": "times reckoned from the target's clock and data, leap days, years of the Republic, centuries and offsets that the rows name",
    r"https?://[0-9]|mailto:[0-9]|A{3}0|[.]+[A-Z]": "the first of their form",
    r"http://(snomed[.]info|loinc[.]org|unitsofmeasure[.]org)/?\w*|[0-9]{4,5}-[0-9]|MDC_\w+": "public code systems and their codes, some of which the document does not list",
    r"https://169[.]254[.]169[.]254/.*": "the address at which clouds tell what is secret: there is one",
    r"98[.]7654321|123[.]456789012345|199[.]999|[0-9]{2,3}[.][0-9]{7}": "numbers with as many digits as the rows name, which come back exactly",
    r"[0-9] ?[0-9]{15,19}": "the document's serial number with a digit changed, left out or in front, or a blank within: there are ten digits",
    r"Go-http-client/1[.]1|node": "names of clients that many have; which it is goes by the nonce",
}  # fmt: skip


class Overheard:
    """An application that keeps what it is asked: each text with the number of answers that came before it was first said."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.said: dict[str, int] = {}
        self.answers: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hear a request, and the answer that the application behind gives."""
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        for text in texts(scope, body):
            self.said.setdefault(text, len(self.answers))
        left = [{"type": "http.request", "body": body, "more_body": False}]
        answer: list[bytes] = []

        async def again() -> Any:
            return left.pop() if left else await receive()

        async def told(event: Any) -> None:
            answer.extend(value for _, value in event.get("headers", ()))
            answer.append(event.get("body", b""))
            await send(event)

        await self._app(scope, again, told)
        self.answers.append(b"\n".join(answer).decode("utf-8", "replace"))


def texts(scope: Mapping[str, Any], body: bytes) -> Iterator[str]:
    """All that a request says, part by part."""
    yield from map(unquote, scope["raw_path"].decode("latin-1").split("/"))
    yield from (text for pair in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True) for text in pair)
    for name, value in scope["headers"]:
        yield from (name.decode("latin-1"), *value.decode("latin-1").split(" "))
    if body:
        try:
            yield from leaves(json.loads(body))
        except (ValueError, RecursionError):  # it may be no JSON, or as deep as nobody reads
            yield body.decode("latin-1")


def leaves(document: Any) -> Iterator[str]:
    """The names, and the texts and numbers, of a document."""
    if isinstance(document, dict):
        yield from document
    if isinstance(document, dict | list):
        for one in document.values() if isinstance(document, dict) else document:
            yield from leaves(one)
    elif isinstance(document, str | int | float) and not isinstance(document, bool):
        yield str(document)


def recurring(first: Overheard, second: Overheard, spec: Spec, ixit: Ixit) -> list[str]:
    """What was said in both runs, and is neither the document's nor the vendor's, nor one of `EXCEPT`."""
    given = _given(spec, ixit)
    both = {one for one in first.said.keys() & second.said.keys() if len(one) > SHORT}
    left = [one for one in both if not _is_of(one, given) and not _excepted(one)]
    own = [_shown_before(left, run) for run in (first, second)]
    return sorted(one for one in left if not all(one in shown for shown in own))


def _given(spec: Spec, ixit: Ixit) -> frozenset[str]:
    """The words that document and vendor fix: names, listed values, examples; seeds, credentials and the address."""
    found = {*_fixed(spec.document), ixit.base_url, *ixit.base_url.split("/")}
    found |= {segment for path in spec.document["paths"] for segment in path.split("/")}
    found |= {text for values in ixit.seeds.values() for text in values} | {
        text for one in ixit.actors.values() for text in (one.value, altered_secret(one.value))
    }
    return frozenset(one.casefold() for one in found)


def _fixed(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _fixed(one)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in ("properties", "content", "headers") and isinstance(value, dict):
                yield from value
            if name in ("enum", "const", "default", "example", "examples", "x-example-values", "name", "required"):
                yield from leaves(value)
            yield from _fixed(value)


def _is_of(text: str, given: frozenset[str]) -> bool:
    """Whether a text is one of the given ones: as it stands, cut off, with something too much, or as a list or a document of them."""
    return any(one in given for one in _forms(text)) or _in_parts(text, lambda part: part in given)


def _forms(text: str) -> tuple[str, ...]:
    """A text in small letters, and what it was made of where something was put behind it or a blank into it."""
    small = text.casefold()
    return (
        small,
        small.removesuffix("[]"),
        small.removeprefix("w/"),
        small[:-1],
        small[:1] + small[2:] if small[1:2] == " " else small,
    )


def _in_parts(text: str, known: Callable[[str], bool]) -> bool:
    """Whether all parts of a list, or all words of a document that is written into a text, are known."""
    parts = re.findall(r"[^\W_][\w:/.+-]*", text) if text[:1] in ("[", "{") else text.split(",")
    return (len(parts) > 1 or text[:2] in ('["', '{"')) and all(
        len(one) <= SHORT or known(one.casefold()) or _excepted(one) for one in parts
    )


def _excepted(text: str) -> bool:
    return any(re.fullmatch(one, text, re.DOTALL) for one in EXCEPT)


def _shown_before(wanted: Iterable[str], run: Overheard) -> set[str]:
    """Those that an answer held before they were said, whole, at its beginning, or but for one character."""
    known: dict[str, int] = {}
    for at, answer in enumerate(run.answers):
        for text in {*re.findall(r'"((?:[^"\\]|\\.)*)"', answer), *re.findall(r"[\w.:+-]+", answer), *answer.split("\n", 9)[:9]}:
            known.setdefault(text.casefold(), at)
    return {one for one in wanted if _like(one, known, run.said[one])}


def _like(text: str, known: Mapping[str, int], at: int) -> bool:
    forms = _forms(text)
    if any(known.get(one, at) < at for one in forms) or _in_parts(text, lambda part: known.get(part, at) < at):
        return True
    before = [one for one, when in known.items() if when < at]
    cut = any(one.startswith((forms[0], forms[-1])) for one in before)
    near = (one for one in before if len(one) == len(text))
    return cut or any(sum(a != b for a, b in zip(one, forms[0], strict=True)) == 1 for one in near)
