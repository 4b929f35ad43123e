"""Pages for paper: PDF/A-2b, set by typst from the templates of reports/templates/pdf, with one font that has both languages.

What a page says reaches its template as JSON and is never a part of the template's source, so nothing in it is a command. A character that the
font lacks is written as `〈U+1F600〉`, where other programs print an empty box. The same data give the same bytes under one version of typst.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from conformance.errors import SuiteError, UsageError
from conformance.load.data import own_folder
from conformance.text.shown import visible

__all__ = ["FONT", "page_count", "pdf"]

FONT = "Noto Sans CJK TC"
_MOST = 200  # characters without a glyph, in one document; a vendor may have written any
_PLANES = 0x2FFFF  # the last code point in which a font may have one of Han
_BRACKETS = str.maketrans("⟨⟩", "〈〉")  # those of mathematics are in no font of Han
_UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_PAGE = re.compile(rb"/Type */Page\b")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def pdf(template: str, data: Mapping[str, Any], when: datetime) -> bytes:
    """The document of a template. Raises UsageError where typst or the font is not installed."""
    try:
        import typst  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise UsageError("a PDF needs the extra pdf: pip install 'yance[pdf]'") from None
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    if FONT not in fonts.families():
        raise UsageError(f"a PDF needs the font {FONT}, which is not installed; on Debian: apt-get install fonts-noto-cjk")
    when = when.astimezone(UTC)
    date = {name: getattr(when, name) for name in ("year", "month", "day", "hour", "minute", "second")}
    source = (own_folder() / "reports" / "templates" / "pdf" / f"{template}.typ").read_bytes()
    lacking: set[str] = set()
    while True:
        words = json.dumps(_printable({**data, "date": date}, lacking), ensure_ascii=False)
        try:
            made: bytes = typst.compile(
                source, font_paths=fonts, sys_inputs={"data": words}, pdf_standards="a-2b", timestamp=int(when.timestamp())
            )
        except typst.TypstError as error:
            more = _undrawn(error.message) - lacking
            if not more or len(lacking) > _MOST:
                raise SuiteError(f"the PDF could not be set: {error.message:.200}") from None
            lacking |= more
        else:
            return made


def page_count(made: bytes) -> int:
    """How many pages a document of `pdf` has."""
    return len(_PAGE.findall(made))


def _undrawn(message: str) -> set[str]:
    """The characters that typst says it has no glyph for."""
    found = _UNDRAWN.search(message)
    text = _ESCAPED.sub(lambda one: chr(int(one[1], 16)), found[1]) if found else ""
    return {char for char in text if not char.isascii()}


def _printable(value: Any, lacking: Collection[str]) -> Any:
    """Texts of which the font has every character, and the eye sees every one."""
    if isinstance(value, str):
        text = visible(value).translate(_BRACKETS)
        return "".join(f"〈U+{ord(char):04X}〉" if char in lacking or ord(char) > _PLANES else char for char in text)
    if isinstance(value, Mapping):
        return {name: _printable(one, lacking) for name, one in value.items()}
    return [_printable(one, lacking) for one in value] if isinstance(value, list | tuple) else value
