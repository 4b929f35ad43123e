"""`yance spec export`: the requirements of a spec for other tools, read again by theirs."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.load import data_folders, load_spec

SPEC = load_spec(data_folders(), "transport", "1.0.0")


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, ["spec", "export", *map(str, words)], env={"LANG": "C.UTF-8"})


def test_the_table_has_a_line_for_each_requirement_with_its_uris(tmp_path: Path) -> None:
    out = tmp_path / "requirements.csv"
    assert yance("transport@1.0.0", "--out", out).exit_code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["requirement"] for row in rows] == [row.id for row in SPEC.requirements]
    one = next(row for row in rows if row["requirement"] == "COM-PAGE-01")
    assert one["requirementUri"].endswith("/specs/transport/1.0.0/req/collections/COM-PAGE-01")
    assert one["testUri"].endswith("/specs/transport/1.0.0/conf/collections/COM-PAGE-01")
    assert one["check"] == "pages_cover_every_item_once"
    assert "listStops" in one["operations"].split()
    assert "full" in one["profiles"].split()
    untested = next(row for row in rows if not row["check"])
    assert (untested["testUri"], bool(untested["untested.zh-Hant"])) == ("", True)


@pytest.mark.parametrize("domain", ["transport", "health", "logistics"])
def test_a_reader_of_reqif_reads_the_requirements_and_the_published_schema_admits_the_file(domain: str, tmp_path: Path) -> None:
    parser = pytest.importorskip("reqif.parser", reason="a reader of ReqIF is not installed (pip install reqif)")
    import xmlschema

    out = tmp_path / "requirements.reqif"
    assert yance(f"{domain}@1.0.0", "--format", "reqif", "--out", out).exit_code == 0
    found = importlib.util.find_spec("reqif")
    assert found is not None
    assert found.origin is not None
    schema = Path(found.origin).parent / "reqif_schema" / "reqif.xsd"
    assert [str(error) for error in xmlschema.XMLSchema(str(schema)).iter_errors(str(out))] == []
    read = parser.ReqIFParser.parse(str(out)).core_content.req_if_content
    spec = load_spec(data_folders(), domain, "1.0.0")
    identifiers = {one.identifier for one in read.spec_objects}
    assert {f"_{row.id}" for row in spec.requirements} <= identifiers
    assert {f"_class-{row.conformance_class}" for row in spec.requirements} <= identifiers
    one = next(one for one in read.spec_objects if one.identifier == f"_{spec.requirements[0].id}")
    values = {attribute.definition_ref: attribute.value for attribute in one.attributes}
    assert values["_attribute-ReqIF.ForeignID"] == spec.requirements[0].id
    assert values["_attribute-text.zh-Hant"] == spec.requirements[0].text["zh-Hant"]
    assert spec.requirements[0].text["en"].split(".")[0] in values["_attribute-ReqIF.Text"]
