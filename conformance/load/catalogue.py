"""The texts that a user reads, in English and zh-Hant, from one file: reports/messages.yaml.

Requirements, checks and specs carry their own texts; everything else is here under a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from conformance.errors import SuiteError
from conformance.load.data import own_folder
from conformance.load.documents import read_document
from conformance.load.sentences import placed, told, valued

if TYPE_CHECKING:  # to say a word takes none of the nouns
    from conformance.model import Finding, Reason, Text

__all__ = ["LANGUAGES", "both", "finding_text", "in_every_language", "reason_text", "say", "source_text"]

LANGUAGES = ("en", "zh-Hant")


@cache
def _messages() -> Mapping[str, Text]:
    content: Mapping[str, Text] = read_document(own_folder() / "reports" / "messages.yaml").content
    return content


def say(key: str, language: str = "en", /, **values: object) -> str:
    """The text of a key in a language, filled in. Raises SuiteError for a key that the catalogue does not have."""
    entry = _messages().get(key)
    if entry is None:
        raise SuiteError(f"the catalogue has no text {key!r}; add it to reports/messages.yaml")
    return entry[language].format_map(values)


def both(key: str, /, **values: object) -> dict[str, str]:
    """The text of a key in every language."""
    return {language: say(key, language, **values) for language in LANGUAGES}


def in_every_language(text: Mapping[str, str]) -> dict[str, str]:
    """A text of a data folder in all languages: for one in which it is not written stands the first in which it is."""
    first = next(iter(text.values()))
    return {language: text.get(language, first) for language in LANGUAGES}


def reason_text(reason: Reason) -> dict[str, str]:
    """Why a verdict is what it is, in every language, with what stands in it."""
    return {language: say(f"reason.{reason.key}", language, **_told(reason.values, language)) for language in LANGUAGES}


def finding_text(messages: Mapping[str, Text], finding: Finding) -> dict[str, str]:
    """What a finding says, in every language. `messages` are those of its check."""
    return {
        language: messages[finding.message][language].format(
            expected=valued(finding.expected, language), actual=valued(finding.actual, language), at=placed(finding.at, language)
        )
        for language in LANGUAGES
    }


def source_text(source: str, language: str) -> str:
    """Where a requirement comes from: what is a title in English stays, section and chapter of the interface document do not."""
    return source if language == "en" else "；".join(told(part, language) for part in source.split("; "))


def _told(values: Mapping[str, object], language: str) -> dict[str, object]:
    return {name: told(value, language) if isinstance(value, str) else value for name, value in values.items()}
