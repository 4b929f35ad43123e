"""What code says in English, in zh-Hant: reports/sentences.yaml, found by the English sentence itself.

Texts that are written for a reader in both languages have a key in the catalogue (`load.catalogue`). What is said where it arises has none:
an error, the reason that a script could not go on (which the evidence holds, as it was said), the words of an option, what a finding
expected and got. They stand in the code in English, and a run made in one language may be read in another. So each is looked up as
gettext would: the English text is the key, with `{name}` where a value stands, and `{name!t}` in the translation where that value is itself
something that code says (`no {resource} could be made: {refusal}`). The sentence with the most words of its own is tried first. What no entry
knows stays as it is: names, what a vendor wrote, a value.

What a seeded fault, a variant or an impostor does is found by its name instead (`done`), in one file of `reports/faults/` for each domain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from conformance.load.data import own_folder
from conformance.load.documents import read_document

__all__ = ["done", "labels", "placed", "sentences", "told", "valued"]

_PLACE = re.compile(r"\{(?P<name>\w+)(?P<told>!t)?\}")
_AT_LINE = re.compile(r"(?P<where>\S+:\d+): (?P<said>.+)", re.DOTALL)  # as a DataError says where it is
_VALUES = {  # what stands in a place of this name; anything stands in others
    **dict.fromkeys(("count", "line", "nth", "number", "seconds", "turn"), r"-?\d[\d.,]*"),
    **dict.fromkeys(("least", "most"), r"-?\d[\d.,]*|…"),
    **dict.fromkeys(("hint", "offered", "had"), r"(?:; .*?| \(.*?)?"),  # what is added to a sentence, or nothing
    **dict.fromkeys(("operation", "word"), r"\S+"),
    "status": r"\w+",
    "target": r"/\S*",
    "quoted": r"[\"'][^\"']*[\"']",
    "han": "[\u2e80-\u9fff、, ]+",
}
# Single words with which checks say what was expected or what came; any other single word is what somebody sent.
_WORDS = frozenset(("absent", "credentials", "nobody", "none", "nothing", "one", "parts", "query", "two", "whole"))
_LEADING = 12  # letters from which on a sentence that begins with its own is tried first
_DEEPEST = 6  # sentences within sentences; what vendors send back cannot make it longer


@dataclass(frozen=True)
class _Sentence:
    """A sentence as code says it, and as it is told."""

    english: str
    longest: str  # what it says itself, at the longest: a text without that is another one
    own: int  # letters that it says itself
    leads: bool  # whether it begins with some of them
    translation: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the sentence looks like with its values; a text that lacks what the sentence itself says is never held against it."""
        return _pattern(self.english)


@cache
def sentences() -> Mapping[str, str]:
    """Every sentence of the file, with its translation."""
    content: Mapping[str, str] = read_document(own_folder() / "reports" / "sentences.yaml").content
    return content


@cache
def labels() -> Mapping[str, str]:
    """The names that rows give to what they break, keep and walk through, with their translations."""
    content: Mapping[str, str] = read_document(own_folder() / "reports" / "labels.yaml").content
    return content


@cache
def _done(of: str) -> Mapping[str, str]:
    content: Mapping[str, str] = read_document(own_folder() / "reports" / "faults" / f"{of}.yaml").content
    return content


def done(domain: str, name: str, english: str, language: str) -> str:
    """What the fault, variant or impostor of this name does that a server of a domain (or `domain@version`) may have, in a language; what
    it says itself, in English, where no file knows the name. No file is read for English.
    """
    if language == "en":
        return english
    return _done(domain.partition("@")[0]).get(name) or _done("impostors").get(name, english)


def placed(at: str, language: str) -> str:
    """Where a finding arose, in a language: a pointer, a step of a script, or a row's own names (`a hold that lapses / lapsed`)."""
    if language == "en" or at.startswith("/"):
        return at
    parts = [labels().get(part) or _told(part) for part in at.split(" / ")]
    return " / ".join(parts)


def valued(text: str, language: str) -> str:
    """What a finding expected or got, in a language. A single word is what somebody sent (`held`, a state), unless checks say it."""
    return text if " " not in text and text not in _WORDS else told(text, language)


def told(text: str, language: str) -> str:
    """A text that code says, in a language. As it is where the language is English, or no entry knows it."""
    return text if language == "en" else _told(text)


@lru_cache(maxsize=8192)
def _told(text: str, depth: int = 0) -> str:
    if not text.strip() or depth > _DEEPEST:
        return text
    if (known := sentences().get(text)) is not None and not _PLACE.search(known):
        return known
    if (found := _AT_LINE.fullmatch(text)) is not None:
        return f"{found['where']}: {_told(found['said'], depth + 1)}"
    for one in _patterns():
        if one.longest in text and (found := one.pattern.fullmatch(text)) is not None:
            filled = _filled(one, found.groupdict(), depth)
            if filled is not None:
                return filled
    return _listed(text)


def _filled(one: _Sentence, values: Mapping[str, str], depth: int) -> str | None:
    """The translation with its values. None where a sentence says nothing itself (`{where}: {why}`) and nothing in it is known."""
    known = {name: _told(value, depth + 1) for name, value in values.items()}
    if not one.own and known == dict(values):
        return None
    return _PLACE.sub(lambda place: (known if place["told"] else values)[place["name"]], one.translation)


def _listed(text: str) -> str:
    """A list of which every part is known as it stands (`its bytes, target`)."""
    parts = text.split(", ")
    known = [sentences().get(part) for part in parts]
    return "、".join(part for part in known if part is not None) if len(parts) > 1 and None not in known else text


@cache
def _patterns() -> tuple[_Sentence, ...]:
    """The sentences with places, those that say most themselves first; and before them those that begin with a good deal of it, since
    a place at the beginning takes whatever came before (`Invalid value for …: {value} is not in the range …`).
    """
    found = []
    for english, translation in sentences().items():
        said = _PLACE.split(english)[::3]
        if len(said) > 1:
            own = sum(char.isalpha() for part in said for char in part)
            leads = bool(said[0]) and own >= _LEADING
            found.append(_Sentence(english, max(said, key=len), own, leads, translation))
    return tuple(sorted(found, key=lambda one: (not one.leads, -one.own, -len(one.longest), one.translation)))


def _pattern(english: str) -> re.Pattern[str]:
    parts, last = [], 0
    for place in _PLACE.finditer(english):
        value = f"(?P<{place['name']}>{_VALUES.get(place['name'], '.*?')})"
        parts += [re.escape(english[last : place.start()]), value]
        last = place.end()
    return re.compile("".join([*parts, re.escape(english[last:])]), re.DOTALL)
