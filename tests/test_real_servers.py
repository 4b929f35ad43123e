"""Servers of other people under rows that are data alone: what is known to be wrong with them is found, and nothing else fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from tests.real_servers import SERVERS, Unreachable, serving

EXAMPLES = Path(__file__).parents[1] / "examples"
KNOWN = {
    "kinto": {
        "KIN-001/createRecord",  # 500 to a body that is nested deeply
        "KIN-001/patchRecord",
        "KIN-002/createRecord",
        "KIN-002/patchRecord",
        "KIN-002/listRecords",  # an empty `_limit` is taken
        "KIN-004/patchRecord",  # a media type that is not supported is taken
    },
    "datasette": {
        "DAT-001/listStops",  # 500 to an unknown `_sort`
        "DAT-002/listStops",
        "DAT-001/getStop",  # redirects what is no key
    },
    "pygeoapi": {
        "PYG-001/getItems",  # 500 to POST on items, to some Accept fields and to a box of six numbers
        "PYG-001/getItem",
        "PYG-002/getItems",
        "PYG-002/getItem",
        "PYG-004/getItems",
        "PYG-004/getItem",
        "PYG-017/getItems",  # with a stack trace
        "PYG-017/getItem",
        "PYG-005/getItems",  # takes unknown parameters
        "PYG-005/getItem",
        "PYG-012/getItems",  # takes boxes that are none
        "PYG-015/getItems",  # ignores `sortby`
    },
    "drf": {
        "DRF-001/createStop",  # 500 to a body that is nested deeply
        "DRF-001/putStop",
        "DRF-001/patchStop",  # and an instant long ago has an offset with seconds
        "DRF-002/createStop",  # takes a number that is a text
        "DRF-002/putStop",  # and null for the id
        "DRF-002/patchStop",
        "DRF-002/listStops",  # takes page sizes that are none
        "DRF-004/createStop",  # heeds no q=0 in Accept
        "DRF-004/getStop",
        "DRF-004/listStops",
        "DRF-004/putStop",
        "DRF-004/patchStop",
        "DRF-018/createStop",  # trims names
        "DRF-019/createStop",
    },
    "fhir": {
        "FHR-001/createPatient",  # some refusals are application/json
        "FHR-001/updatePatient",
        "FHR-002/createPatient",  # takes a body without resourceType
        "FHR-002/searchPatient",  # and an empty code
        "FHR-004/createPatient",  # any media type, and Allow names one method
        "FHR-004/readPatient",
        "FHR-004/searchPatient",
        "FHR-004/updatePatient",
        "FHR-012/readPatient",  # no entity tag
        "FHR-013/updatePatient",  # 200 on a stale If-Match
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_a_real_server_fails_what_is_known_and_nothing_else(name: str, tmp_path: Path) -> None:
    try:
        with serving(SERVERS[name], tmp_path) as url:
            words = [
                "run",
                name,
                url,
                "-c",
                EXAMPLES / name / f"{name}.toml",
                "--data",
                EXAMPLES / name,
                "--out",
                tmp_path / "run",
                "-q",
            ]
            done = CliRunner().invoke(main, [str(word) for word in words])
    except Unreachable as why:
        pytest.skip(str(why))
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    found: dict[str, set[str]] = {}
    for one in report["verdicts"]:
        found.setdefault(one["outcome"], set()).add(f"{one['requirement']}/{one['operation']}")
    assert found.get("fail", set()) == KNOWN[name], done.output
    assert found.keys() == {"pass", "fail"}, done.output
    assert len(found["pass"]) > 10
