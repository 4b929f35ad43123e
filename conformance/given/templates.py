"""Bodies of recipes: templates of requirements.yaml, filled from what was found and from the clock of the server."""

from __future__ import annotations

import base64
import hashlib
import uuid
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from conformance.model import Inputs
from conformance.text import pointer

__all__ = ["TAIPEI", "TEMPLATES", "fill", "holds", "narrowed", "never_issued", "timed"]

TAIPEI = timezone(timedelta(hours=8))
SLOT_SECONDS, SLOTS = 5400, 64  # each case books in windows of its own: 64 windows of 90 minutes, four days ahead
TEMPLATES = {  # what may stand for a value in a recipe's body, and its members
    "found": frozenset({"found", "where", "take", "begins", "small", "before"}),
    "lacking": frozenset({"lacking", "among"}),
    "now": frozenset({"now", "slot", "zone", "each", "micros"}),
    "today": frozenset({"today", "form"}),
    "unique": frozenset({"unique", "dated", "before"}),
    "unique-code": frozenset({"unique-code"}),
    "unique-uuid": frozenset({"unique-uuid"}),
    "spelt": frozenset({"spelt", "form"}),
    "national-id": frozenset({"national-id", "wrong", "series", "small"}),
    "callback-url": frozenset({"callback-url", "failing", "saying"}),
    "shared-secret": frozenset({"shared-secret"}),
}


def never_issued(serial: int, *, wrong: int = 0, series: int = 8) -> str:
    """A number in the form of a resident certificate, with its check digit (or one that is `wrong` by so much), that nobody was ever given.

    It begins with Y8, or Y9. Known is (National Immigration Agency, New UI No. Format for Foreign Nationals) that 8 and 9 as the second
    character came with the form of 2021-01-02 and that the letter names the area of the application; Y is the Yangmingshan Administrative Bureau, which
    was dissolved in 1974, and no area has had it since. That no such number was issued follows from this; no authority's list says it.
    """
    digits = [3, 1, series, *(int(digit) for digit in f"{serial:07d}")]  # Y stands for 31
    weighed = sum(digit * weight for digit, weight in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1), strict=True))
    return f"Y{series}{serial:07d}{(10 - weighed % 10 + wrong) % 10}"


def _date(day: date, form: str) -> str:
    """A date as it should be written, or (`roc`, `roc-bare`) as a year of the Republic, which it should not."""
    if form == "iso":
        return day.isoformat()
    year = day.year - 1911
    return f"{year:02d}-{day:%m-%d}" if form == "roc" else f"{year:03d}{day:%m%d}"


def holds(item: Any, where: str, value: Any) -> bool:
    """Whether a pointer into an item gives the value, or one of the values, or a number of `at-least` so much, or never what it `lacks`."""
    present = pointer.values(item, where)
    if isinstance(value, dict) and "lacks" in value:
        return value["lacks"] not in present
    if isinstance(value, dict) and "at-least" in value:
        return any(isinstance(v, int | float) and v >= value["at-least"] for v in present)
    return any(v in value if isinstance(value, list) else v == value for v in present)


def narrowed(document: Any, items: str, where: Mapping[str, Any]) -> Any:
    """A list with those of its items for which all of this holds; anything else as it is."""
    return _narrowed(document, pointer.segments(items), where) if where else document


def _narrowed(node: Any, path: Sequence[str], where: Mapping[str, Any]) -> Any:
    if path:
        known = isinstance(node, dict) and path[0] in node
        return node | {path[0]: _narrowed(node[path[0]], path[1:], where)} if known else node
    return (
        [item for item in node if all(holds(item, at, value) for at, value in where.items())] if isinstance(node, list) else node
    )


def timed(template: Any) -> bool:
    """Whether a recipe's body has a time in it."""
    if isinstance(template, dict):
        known = not {"now", "today", "dated", "national-id", "unique-code", "unique-uuid"}.isdisjoint(template)
        return known or any(map(timed, template.values()))
    return isinstance(template, list) and any(map(timed, template))


def fill(template: Any, item: Any, now: datetime, inputs: Inputs, nth: int) -> Any:
    """A recipe's body: `{found: pointer}` from the item found (the first value for which `where` holds, of it the member `take`; of a
    text its first `begins` characters, in `small` letters, behind what is put `before` it),
    `{lacking: pointer, among: values}` the first of these values that the item found does not have there,
    `{now: seconds}` a time by the server's clock (moved into the case's own window when `slot` is true, written with the offset
    `zone` where that is given, `micros` of a second later, and `each` seconds later for each further thing of a case), `{today: days}` a date so many days from
    today in Taiwan, `{unique: label}` an identifier of this case's own (`dated`: and of this moment's), `{unique-code: label}` 16 capitals and
    digits and `{unique-uuid: label}` a UUID, both of this case's and moment's own, `{national-id: label}` a number in the form of a resident
    certificate that was never issued (`wrong`: with a check digit that is so much too large; `series`: 8 or 9, else none such; `small`: in small
    letters), `{spelt: text}` the text under the fixed seed and under another one other characters of the same kinds (in a `form` in the place of `{}`),
    `{callback-url: label, failing: n}` a URL of the suite's receiver (or `saying: status`), `{shared-secret: label}` a secret of 64 hexadecimal
    digits.
    """
    if isinstance(template, dict):
        if "found" in template and template.keys() <= TEMPLATES["found"]:
            wanted = template.get("where", {})
            offered = (v for v in pointer.values(item, template["found"]) if all(holds(v, at, w) for at, w in wanted.items()))
            return _written(pointer.first(next(offered, None), template.get("take", "")), template)
        if "lacking" in template:
            had = pointer.values(item, template["lacking"])
            return next((value for value in template["among"] if value not in had), None)
        if "now" in template:
            slot = zlib.crc32(f"{inputs.seed}/{nth}".encode()) % SLOTS * SLOT_SECONDS if template.get("slot") else 0
            seconds = template["now"] + slot + nth * template.get("each", 0)
            moment = now.replace(microsecond=0) + timedelta(seconds=seconds, microseconds=template.get("micros", 0))
            zone = datetime.fromisoformat(f"2000-01-01T00:00:00{template['zone']}").tzinfo if "zone" in template else TAIPEI
            return moment.astimezone(zone).isoformat()
        if "callback-url" in template:
            options = {name: template[name] for name in ("failing", "saying") if name in template}
            return inputs.callback(template["callback-url"], **options)
        if template.keys() == {"shared-secret"}:
            return inputs.secret(template["shared-secret"])
        if made := _made_up(template, now, inputs, nth):
            return made
        return {key: fill(value, item, now, inputs, nth) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, item, now, inputs, nth) for value in template]
    return template


def _written(value: Any, template: Mapping[str, Any]) -> Any:
    """A text that was found, as the template wants it written; another value as it is."""
    if not isinstance(value, str):
        return value
    part = value[: template.get("begins", len(value))]
    return template.get("before", "") + (part.lower() if template.get("small") else part)


def _made_up(template: dict[str, Any], now: datetime, inputs: Inputs, nth: int) -> str | None:
    """A date, an identifier or a number that nobody has; None where the template asks for none of them."""
    if "today" in template:
        return _date(now.astimezone(TAIPEI).date() + timedelta(days=template["today"]), template.get("form", "iso"))
    if "unique" in template and template.keys() <= TEMPLATES["unique"]:
        name = inputs.unique(f"{template['unique']}-{nth}")
        return str(template.get("before", "")) + (f"{name}-{int(now.timestamp()):x}" if template.get("dated") else name)
    if "spelt" in template and template.keys() <= TEMPLATES["spelt"]:
        return str(template.get("form", "{}")).replace("{}", inputs.guise.spelt(template["spelt"]))
    if label := template.get("unique-code", template.get("unique-uuid")):
        digest = hashlib.sha256(f"{inputs.seed}/{label}/{nth}/{int(now.timestamp())}".encode()).digest()
        return (
            base64.b32encode(digest).decode()[:16] if "unique-code" in template else str(uuid.UUID(bytes=digest[:16], version=4))
        )
    if "national-id" in template:
        label = f"{inputs.seed}/{template['national-id']}/{nth}/{int(now.timestamp())}"
        serial = zlib.crc32(label.encode()) % 10**7
        number = never_issued(serial, wrong=template.get("wrong", 0), series=template.get("series", 8))
        return number.lower() if template.get("small") else number
    return None
