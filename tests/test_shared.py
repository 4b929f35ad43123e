"""What rows share stands once, under `$defs`; a reference to it is replaced on loading, and a wrong one is refused with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.errors import DataError
from conformance.load import data_folders, load_spec, shared
from conformance.load.data import own_folder
from conformance.load.documents import read_document
from conformance.load.shared import with_shared
from conformance.model import Spec

OPENAPI = """\
openapi: 3.1.0
info: {title: Toys, version: 1.0.0}
paths:
  /toys:
    get:
      operationId: listToys
      x-collection: {items: /items, id: [/id]}
      parameters:
        - {name: limit, in: query, schema: {type: integer}, x-paging: limit}
      responses:
        '200': {description: ok}
"""
ROW = """\
  - id: {id}
    level: MUST
    class: core
    oracle: cross-page
    text: {{en: Pages cover all., zh-Hant: 分頁涵蓋全部。}}
    source: the toy rules
    remedy: {{en: Mend it., zh-Hant: 修正之。}}
    check: {check}
    with: {arguments}
    operations: [listToys]
"""
PAGES, RULES = "pages_cover_every_item_once", "conditional_rules_hold"
HEAD = "interface: {name}\nversion: 1.0.0\nclasses:\n  {name}: {{en: Core, zh-Hant: 核心}}\n"


def rows(name: str, defined: str, *arguments: str, check: str = PAGES, include: str = "") -> str:
    """The text of a requirements.yaml whose line 5 is `$defs:`, where anything is defined."""
    made = "".join(
        ROW.format(id=f"{name.upper()}-{number:03}", check=check, arguments=one) for number, one in enumerate(arguments, 1)
    )
    body = f"requirements:\n{made}" if made else "requirements: []\n"
    return HEAD.format(name=name) + defined + include + body.replace("class: core", f"class: {name}")


def load(folder: Path, text: str, **others: str) -> Spec:
    for name, content in {"toys": text, **others}.items():
        (folder / f"specs/{name}/1.0.0").mkdir(parents=True)
        (folder / f"specs/{name}/1.0.0/requirements.yaml").write_text(content, encoding="utf-8")
    (folder / "specs/toys/1.0.0/openapi.yaml").write_text(OPENAPI)
    return load_spec(data_folders([folder]), "toys")


def arguments(spec: Spec) -> list[object]:
    return [dict(row.binding.arguments) for row in spec.requirements if row.binding]


def test_two_rows_share_one_value(tmp_path: Path) -> None:
    spec = load(tmp_path, rows("toys", "$defs:\n  few: [1, 2]\n", *['{limits: {$ref: "#/$defs/few"}}'] * 2))
    assert arguments(spec) == [{"limits": [1, 2]}] * 2


def test_a_definition_may_be_made_of_others_and_be_all_that_a_row_says(tmp_path: Path) -> None:
    defined = '$defs:\n  all: {limits: [{$ref: "#/$defs/least"}, 2]}\n  least: 1\n'
    assert arguments(load(tmp_path, rows("toys", defined, '{$ref: "#/$defs/all"}'))) == [{"limits": [1, 2]}]


def test_a_file_sees_what_the_files_that_it_includes_define(tmp_path: Path) -> None:
    include = "include:\n  - {from: shelf/1.0.0, rows: {SHELF-001: {with: {limits: [{$ref: '#/$defs/mine'}]}}}}\n"
    toys = rows("toys", "$defs:\n  mine: 3\n", '{limits: {$ref: "#/$defs/few"}}', include=include)
    shelf = rows("shelf", "$defs:\n  few: [1, 2]\n  spare: 0\n", *['{limits: {$ref: "#/$defs/few"}}'] * 2)
    assert arguments(load(tmp_path, toys, shelf=shelf)) == [{"limits": [3]}, {"limits": [1, 2]}, {"limits": [1, 2]}]


FEW = "$defs:\n  few: [1, 2]\n"
RULE = "$defs:\n  rules:\n    - {if: {}, then: {}}\n    - {if: {}, thne: {}}\n"
USED = '{limits: {$ref: "#/$defs/few"}}'


@pytest.mark.parametrize(
    ("defined", "said", "line", "says"),
    [
        (FEW, '{limits: {$ref: "#/$defs/fwe"}}', 16, "there is no definition 'fwe'; did you mean 'few'? (known: few)"),
        ("", USED, 14, "there is no definition 'few'"),
        (FEW, '{limits: {$ref: "#/components/few"}}', 16, "is no reference to a definition; expected #/$defs/NAME"),
        (FEW, '{limits: {$ref: "other.yaml#/$defs/few"}}', 16, "is no reference to a definition"),
        (FEW, "{limits: {$ref: 7}}", 16, "7 is no reference to a definition"),
        (FEW, '{limits: {$ref: "#/$defs/few", also: 1}}', 16, "'also' stands beside $ref"),
        (FEW, "{limits: [1]}", 6, "nothing uses the definition 'few'"),
        ('$defs:\n  few: [1, 2]\n  a: {$ref: "#/$defs/few"}\n', "{limits: [1]}", 6, "nothing uses the definition 'few'"),
        ('$defs:\n  a: [{$ref: "#/$defs/b"}]\n  b: {$ref: "#/$defs/a"}\n', "{limits: [1]}", 7, "in a loop: a → b → a"),
        ('$defs:\n  few: [1, {$ref: "#/$defs/fw"}]\n', USED, 6, "there is no definition 'fw'; did you mean 'few'?"),
        ("$defs:\n  few: 2\n", USED, 16, "limits of check pages_cover_every_item_once is a list, got 2"),
        ("$defs:\n  few: [1]\n", '{$ref: "#/$defs/few"}', 6, "/requirements/0/with"),
        ("$defs:\n  Few: [1]\n", USED, 5, '"Few" does not match'),
        ("$defs: [1]\n", USED, 5, "/$defs"),
    ],
)
def test_a_wrong_definition_or_reference_is_refused_where_it_stands(
    tmp_path: Path, defined: str, said: str, line: int, says: str
) -> None:
    with pytest.raises(DataError, match=re.escape(says)) as caught:
        load(tmp_path, rows("toys", defined, said))
    assert "\n" not in str(caught.value)
    assert (Path(caught.value.file).parent.parent.name, caught.value.line) == ("toys", line)


@pytest.mark.parametrize(("toys", "shelf"), [("", RULE), (RULE, "")])
def test_a_mistake_in_what_is_shared_is_one_of_the_line_where_it_is_written(tmp_path: Path, toys: str, shelf: str) -> None:
    include = "include:\n  - from: shelf/1.0.0\n"
    told = rows("toys", toys, '{rules: {$ref: "#/$defs/rules"}}', check=RULES, include=include)
    with pytest.raises(DataError, match="there is no key 'thne' here; did you mean 'then'") as caught:
        load(tmp_path, told, shelf=rows("shelf", shelf))
    assert (Path(caught.value.file).parent.parent.name, caught.value.line) == ("toys" if toys else "shelf", 8)


def test_a_name_means_one_thing_to_all_who_see_it(tmp_path: Path) -> None:
    toys = rows("toys", FEW, USED, include="include:\n  - from: shelf/1.0.0\n")
    with pytest.raises(DataError, match=r"'few' is taken by the definition at .*shelf/1\.0\.0/requirements\.yaml:6") as caught:
        load(tmp_path, toys, shelf=rows("shelf", FEW, USED))
    assert (Path(caught.value.file).parent.parent.name, caught.value.line) == ("toys", 6)


def test_references_cannot_make_a_small_file_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOST_VALUES", 10_000)
    doubling = [f'  a{n}: [{{$ref: "#/$defs/a{n + 1}"}}, {{$ref: "#/$defs/a{n + 1}"}}]\n' for n in range(30)]
    with pytest.raises(DataError, match="references counted"):
        load(tmp_path, rows("toys", "$defs:\n" + "".join(doubling) + "  a30: 1\n", '{limits: {$ref: "#/$defs/a0"}}'))


def test_every_shipped_definition_is_used_by_a_shipped_spec() -> None:
    files = [read_document(path) for path in own_folder().glob("specs/*/*/requirements.yaml")]
    defined = {name: file for file in files for name in file.content.get("$defs", {})}
    used = set(re.findall(r"#/\$defs/([a-z0-9-]+)", "".join(Path(file.file).read_text(encoding="utf-8") for file in files)))
    assert defined.keys() == used


def test_a_file_without_references_stays_as_it_is() -> None:
    shelf = read_document(own_folder() / "specs/common/1.0.0/requirements.yaml")
    filled = with_shared(shelf, offers=True)
    changed = [row["id"] for row, before in zip(filled.content["requirements"], shelf.content["requirements"]) if row != before]
    assert changed == ["COM-GEO-03"]
    assert filled.place("/requirements/0") == shelf.place("/requirements/0")
