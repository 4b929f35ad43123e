"""Renderings of a report. There is no registry: a module here whose name does not begin with `_` is a format and has

    NAME       what a user calls it (`--format html`)
    SUFFIX     how a file of it ends, without the dot
    FILE       what it is called in a run folder
    render     render(report, language) -> bytes; pure, and the same bytes for the same report
    EXCHANGES  where it is there and true, render takes the exchanges of the run, too, in their order
    READS_SPEC where it is true: render(report, language, spec), since the rendering holds the words that the report was judged by

A rendering adds nothing to the report and judges nothing. Every text in a report may come from the solution under test or from
a stranger's file, so each module escapes for its own notation, and none passes data into a template's source.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError, nearest
from conformance.formats._summary import left_open, waiver_line
from conformance.load.catalogue import LANGUAGES
from conformance.model import Exchange, Spec

__all__ = [
    "FORMATS",
    "PDF",
    "Format",
    "faults",
    "file_name",
    "left_open",
    "page",
    "paper",
    "printed",
    "reading",
    "render",
    "suffix",
    "waiver_line",
]

Report = Mapping[str, Any]
PDF = "pdf"  # what a user calls `paper`


@dataclass(frozen=True)
class Format:
    """One format module, read."""

    name: str
    suffix: str
    file: str
    render: Callable[..., bytes]
    exchanges: bool = False
    reads_spec: bool = False


def _read(module: str) -> Format:
    found = importlib.import_module(f"{__name__}.{module}")
    told = (getattr(found, name, False) for name in ("EXCHANGES", "READS_SPEC"))
    return Format(found.NAME, found.SUFFIX, found.FILE, found.render, *told)


@cache
def _every() -> Mapping[str, Format]:
    """All formats by name; read when the first is asked for, with all that fills a page."""
    found = (_read(m.name) for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return MappingProxyType({format_.name: format_ for format_ in sorted(found, key=lambda one: one.name)})


if TYPE_CHECKING:
    FORMATS: Mapping[str, Format]
else:

    def __getattr__(name: str) -> Any:
        """`FORMATS`: every format by name."""
        if name != "FORMATS":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return _every()


def render(
    name: str,
    report: Report,
    language: str = "en",
    spec: Spec | None = None,
    exchanges: Callable[[], Iterable[Exchange]] = tuple,
) -> bytes:
    """The report in a format, its texts in `language`. `spec` is the one that it names; a rendering that holds its words goes without
    them where it is not at hand. `exchanges` gives those of the run to a format that shows them.

    Raises UsageError for a format or language that is none.
    """
    if language not in LANGUAGES:
        raise UsageError(f"there is no language {language!r}; known are {', '.join(LANGUAGES)}{nearest(language, LANGUAGES)}")
    found = _format(name)
    if found.exchanges:
        return found.render(report, language, exchanges())
    return found.render(report, language, spec) if found.reads_spec else found.render(report, language)


def page(template: str, language: str, title: str, **context: Any) -> bytes:
    """A page that is no report, from a template of `reports/templates`: self-contained, in one language."""
    found: bytes = importlib.import_module(f"{__name__}._sheet").sheet(template, language, title, **context)
    return found


def paper(report: Report, language: str) -> bytes:
    """The report as PDF/A-2b (`_paper`). It is no format of a run folder: another version of typst sets other bytes, so `verify` holds none
    against the report. Raises UsageError where typst or its font is not installed.
    """
    made: bytes = importlib.import_module(f"{__name__}._paper").report_pages(report, language)
    return made


def printed(page: bytes, language: str, when: datetime) -> bytes:
    """A page of `page` as PDF/A-2b (`_printed`). Raises UsageError where typst or its font is not installed."""
    made: bytes = importlib.import_module(f"{__name__}._printed").printed(page, language, when)
    return made


def faults(rules: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], language: str) -> bytes:
    """What was found in a spec as SARIF: rules, and the places that break them (`_faults`)."""
    made: bytes = importlib.import_module(f"{__name__}._faults").faults(rules, found, language)
    return made


def reading(spec: Spec) -> Any:
    """What a page shows of a spec's own words (`_reading`): `clauses`, `operations`, and `linked`, which makes a source lead to them."""
    return importlib.import_module(f"{__name__}._sheet").Reading(spec)


def suffix(name: str) -> str:
    """How a file of this format ends, without the dot. Raises UsageError for a format that is none."""
    return _format(name).suffix


def file_name(name: str) -> str:
    """What a rendering in this format is called in a run folder. Raises UsageError for a format that is none."""
    return _format(name).file


def _format(name: str) -> Format:
    known = _every()
    if name not in known:
        raise UsageError(f"there is no format {name!r}; known are {', '.join([*known, PDF])}{nearest(name, [*known, PDF])}")
    return known[name]
