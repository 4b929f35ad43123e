"""The two ways of looking at an exchange: by structure, and for secrets that are known.

A look says whether bytes are worth a slow pass, and what becomes of one header or one value. It never sees more than one
text at a time; walking the exchange is the redactor's part.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import unquote, unquote_to_bytes

from conformance import limits
from conformance.model.remembered import MOST, remembered
from conformance.redaction.encodings import DEEPEST, SHORTEST_RUN, has_runs, runs
from conformance.redaction.jsontext import Left
from conformance.redaction.needles import echo, forms, kindred
from conformance.redaction.shapes import (
    PERSONAL,
    PSEUDONYM,
    alphabet,
    as_written,
    finder,
    hints,
    is_card_number,
    is_number,
    prescan,
    shape_of,
)
from conformance.redaction.unfolding import is_folded, is_spelt, meant, replaced, unfold

__all__ = ["Echoes", "Ledger", "Look", "Recent", "Structure", "TooManyMarks"]

_SCHEMED = re.compile(r"([A-Za-z][A-Za-z0-9-]*) +(.+)", re.DOTALL)
_COOKIE = re.compile(r"([^=;]*)=([^;]*)")
_AUTHORIZATION = frozenset({"authorization", "proxy-authorization"})
_RECENT = 64  # for so many bodies that are remembered, one that was walked
_MOST_RUNS = 16  # encoded runs of one text that are replaced; a text with more of them is withheld
_READABLE = re.compile(
    rb"[\t\n\r\x20-\x7e]{%d,}" % SHORTEST_RUN
)  # what may be encoded again; what was no text has hardly so much
_MOST_KEPT = 1024 * 1024
_MOST_DECODED, _LONGEST_DECODED = 1024, 1024  # runs that were looked into once they were decoded, and bytes of one
_MOST_CLEAN, _LONGEST_CLEAN = 4096, 512  # texts outside bodies that are known to be clean, and characters of one


class TooManyMarks(Exception):  # what befell the walk; whoever started it leaves the body out
    """More is to be replaced than is noted of one exchange (`limits.MARKS`)."""


class Ledger:
    """Gives values their pseudonyms and keeps what judging needs to know of each."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.marks: list[dict[str, Any]] = []

    def note(self, value: str, where: str, kind: str | None = None, type_: str = "string") -> str:
        """The pseudonym of `value`, of the kind that its shape gives it, or else of `kind` (default: secret)."""
        kind = shape_of(value) or kind or "secret"
        number = hmac.digest(self._key, value.encode("utf-8", "surrogatepass"), sha256).hex()[:12]
        mark = {"where": where, "kind": kind, "n": number, "type": type_, "length": len(value), "class": alphabet(value)}
        if len(self.marks) >= limits.MARKS:
            raise TooManyMarks
        self.marks.append(mark)
        return f"«{kind}:{number}»"


class Recent:
    """The last few documents that were walked, and what came of each: a target serves some of them again and again."""

    def __init__(self, bodies: int) -> None:
        self._most = bodies // _RECENT
        self._kept: dict[tuple[str, bytes], tuple[str, tuple[dict[str, Any], ...]]] = {}

    def get(self, where: str, body: bytes) -> tuple[str, tuple[dict[str, Any], ...]] | None:
        """The text and the marks that the walk over this body ended with, if it is among the last ones."""
        found = self._kept.pop((where, body), None)
        if found is not None:
            self._kept[where, body] = found  # the latest again
        return found

    def keep(self, where: str, body: bytes, text: str, marks: Iterable[dict[str, Any]]) -> None:
        """Keep what the walk over a body ended with, in the place of the one that was not asked for the longest."""
        if len(body) <= _MOST_KEPT:
            self._kept[where, body] = text, tuple(map(dict, marks))
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]


class Look(Protocol):
    """What the walk over an exchange asks for."""

    recent: Recent
    left: Left  # in documents: it depends on the value and its name alone
    exact: bool  # whether what `suspects` suspects is there
    hides: frozenset[str]  # the names, in lower case, of headers that are replaced whatever they hold
    names: frozenset[str]  # the names of members and parameters that are

    def suspects(self, body: bytes) -> bool:
        """Whether there may be something to replace in a body."""

    def suspects_any(self, texts: Iterable[str]) -> bool:
        """Whether there may be something to replace in one of the texts outside the bodies."""

    def header(self, name: str, value: str, where: str, ledger: Ledger, *, loose: bool) -> str:
        """What becomes of a header; `loose` says that some text outside the bodies was suspected."""

    def value(self, name: str | None, value: str, where: str, ledger: Ledger, *, text: bool = True, loose: bool = True) -> str:
        """What becomes of a value under `name` (of a member or a parameter), which is text or a number."""


class Clean:
    """The texts outside bodies that a look did not suspect: of headers and paths, nearly all came before and were clean."""

    def __init__(self, suspects: Callable[[bytes], bool]) -> None:
        self._suspects = suspects
        self._known: set[str] = set()

    def suspects_any(self, texts: Iterable[str]) -> bool:
        """Whether there may be something in one of the texts, or across several."""
        fresh = [text for text in texts if text not in self._known]
        if not fresh:
            return False
        if self._suspects("\n".join(fresh).encode("utf-8", "surrogatepass")):
            return True
        if len(self._known) > _MOST_CLEAN:
            self._known.clear()
        self._known.update(text for text in fresh if len(text) <= _LONGEST_CLEAN)
        return False


class Structure:
    """Finds credentials and personal data by where they stand and by their shape."""

    def __init__(self, headers: frozenset[str], names: frozenset[str], bodies: int = MOST) -> None:
        self.hides, self.names = headers, names
        self._find, self._may_hold = finder(names), hints(names)
        self.recent, self.left, self.exact = Recent(bodies), Left(), False
        self._scan = prescan(names)
        self.suspects = remembered(self._scan.__call__, bodies)
        self._clean = Clean(self._scan)

    def suspects_any(self, texts: Iterable[str]) -> bool:
        """Whether one of the texts needs the slow look."""
        return self._clean.suspects_any(texts)

    def header(self, name: str, value: str, where: str, ledger: Ledger, *, loose: bool) -> str:
        """A secret header keeps its scheme or the names of its cookies."""
        name = name.lower()
        if name not in self.hides:
            return self.value(None, value, where, ledger) if loose else value
        if name in _AUTHORIZATION and (parts := _SCHEMED.fullmatch(value)):
            return f"{parts[1]} {self._secret(parts[2], where, ledger)}"
        if name in ("cookie", "set-cookie"):
            first_only = 1 if name == "set-cookie" else 0
            if "=" not in value.partition(";")[0]:
                return self._secret(value, where, ledger)
            return _COOKIE.sub(lambda pair: f"{pair[1]}={self._secret(pair[2], where, ledger)}", value, count=first_only)
        return self._secret(value, where, ledger)

    def value(self, name: str | None, value: str, where: str, ledger: Ledger, *, text: bool = True, loose: bool = True) -> str:
        """A secret name hides the whole value; otherwise each shape in it is replaced."""
        if name is not None and name in self.names:
            return self._secret(value, where, ledger, "string" if text else "number", PERSONAL.get(name))
        if not text:
            return ledger.note(value, where, type_="number") if loose and is_card_number(value) else value
        if not loose or (self._may_hold(value) is None and not is_folded(value)):
            return value
        if "%" in value:
            value = as_written(self.names).sub(lambda found: _replaced(found, where, ledger), value)
        return replaced(value, self._find, lambda found: _replaced(found, where, ledger))

    def _secret(self, value: str, where: str, ledger: Ledger, type_: str = "string", kind: str | None = None) -> str:
        return ledger.note(value, where, kind, type_) if value and not PSEUDONYM.fullmatch(value) else value


class Echoes:
    """Finds configured secrets wherever the target sent them back, and however it wrote them.

    The common spellings are literals (`needles`), searched for without regard to case. Only where something is written otherwise than
    it is meant, or something is encoded, is that undone first (`unfolding`, `encodings`).
    """

    def __init__(self, secrets: Mapping[str, str], bodies: int = MOST) -> None:
        self._labels = tuple(secrets)
        self._needles = kindred((form.encode().lower(), label) for label, secret in secrets.items() for form in forms(secret))
        self._known = dict(secrets)
        self._shortest = max(SHORTEST_RUN, min(map(len, secrets.values()), default=SHORTEST_RUN) * 16 // 9)
        self.recent, self.left, self.exact = Recent(bodies), Left(), True
        self.hides = self.names = frozenset[str]()
        self.suspects = remembered(self._suspects, bodies)
        self._clean = Clean(self._suspects)
        # A cursor stands in a body, in a link and in the request that follows it: what is in it is looked for once.
        self._decoded = lru_cache(maxsize=_MOST_DECODED)(lambda inner: tuple(self._inside(inner, DEEPEST)))

    @cached_property
    def _find(self) -> tuple[re.Pattern[str], tuple[str, ...]]:
        """What finds every form of every secret, and the secrets by its groups: made when a target has sent one back."""
        return echo(self._known.values())

    def _suspects(self, data: bytes) -> bool:
        return next(self._held(data), None) is not None or next(self._deep(data), None) is not None

    def spoken(self, data: bytes) -> tuple[str, ...]:
        """The labels of the secrets that `data` holds in a common spelling: those that a line of evidence can hold unseen otherwise."""
        found = set(self._held(data))
        if b"%" in data and self._labels:  # more may be percent-encoded than has to be
            found.update(self._held(unquote_to_bytes(data)))
        return self._sorted(found)

    def labels(self, data: bytes) -> tuple[str, ...]:
        """The labels of the secrets that `data` holds in any form."""
        return self._sorted({*self._held(data), *self._deep(data)})

    def suspects_any(self, texts: Iterable[str]) -> bool:
        """Whether any form of any secret is in one of the texts."""
        return self._clean.suspects_any(texts)

    def header(self, name: str, value: str, where: str, ledger: Ledger, *, loose: bool) -> str:
        """What the target echoed in a header."""
        return self.value(name, value, where, ledger) if loose else value

    def value(self, name: str | None, value: str, where: str, ledger: Ledger, *, text: bool = True, loose: bool = True) -> str:
        """Each form of a secret is replaced by the pseudonym of the secret."""
        if not loose:
            return value
        type_ = "number" if name is not None and not text else "string"
        find, secrets = self._find

        def pseudonym(found: re.Match[str]) -> str:
            return ledger.note(secrets[(found.lastindex or 1) - 1], where, type_=type_)

        new = replaced(find.sub(pseudonym, value), find, pseudonym)
        for _ in range(_MOST_RUNS):
            run = self._encoded(new)
            if run is None:
                break
            start, end, label = run
            new = new[:start] + ledger.note(self._known[label], where, type_=type_) + new[end:]
        return new

    def _sorted(self, found: Container[str]) -> tuple[str, ...]:
        return tuple(label for label in self._labels if label in found)

    def _held(self, data: bytes) -> Iterator[str]:
        """The labels of the needles in `data`; a needle is looked for only where the beginning that it shares with others is."""
        data = data.lower()
        for beginning, needles in self._needles:
            if beginning in data:
                yield from (label for needle, label in needles if needle in data)

    def _deep(self, data: bytes) -> Iterator[str]:
        """The labels of the secrets in `data` once escapes are undone and what is encoded is decoded; of most data, nothing at once."""
        if not self._labels or not (is_spelt(data) or has_runs(data, self._shortest)):
            return
        text = meant(data.decode("utf-8", "surrogateescape"))
        yield from self._held(text.encode("utf-8", "surrogateescape"))
        for _, _, inner in runs(text, self._shortest):
            yield from self._in_run(inner)

    def _in_run(self, inner: bytes) -> Iterable[str]:
        """The labels of the secrets in what a run was decoded to."""
        return self._decoded(inner) if len(inner) <= _LONGEST_DECODED else self._inside(inner, DEEPEST)

    def _inside(self, data: bytes, depth: int) -> Iterator[str]:
        yield from self._held(data)
        for part in _READABLE.findall(data) if depth > 1 else ():
            text = meant(part.decode("ascii"))
            yield from self._held(text.encode("utf-8", "surrogatepass"))
            for _, _, inner in runs(text):
                yield from self._inside(inner, depth - 1)

    def _encoded(self, value: str) -> tuple[int, int, str] | None:
        """Where in a text something encoded lies that holds a secret, and the label of that."""
        if len(value) < SHORTEST_RUN:
            return None
        said = unfold(value)
        for start, end, inner in runs(said.text):
            if (label := next(iter(self._in_run(inner)), None)) is not None:
                return *said.span(start, end), label
        return None


def _replaced(found: re.Match[str], where: str, ledger: Ledger) -> str:
    shape = found.lastgroup or ""
    if not is_number(shape, found[0]):
        return found[0]
    if shape in ("member", "segment"):
        return found[0].removesuffix(found[shape]) + ledger.note(found[shape], where)
    if shape in ("parameter", "matrix"):  # decoded, so that it equals the same value in a list of query parameters
        return found[0].removesuffix(found[shape]) + ledger.note(unquote(found[shape]), where)
    return ledger.note(unquote(found[0]) if shape in ("email", "userinfo") else found[0], where)
