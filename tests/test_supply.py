"""What the suite is made of: audited, and listed in a bill of materials that is one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing

from tests import audit
from tests.sbom import LOCK, bill

AUDIT = Path(__file__).parents[1] / ".venv" / "audit"
installed = pytest.mark.skipif(not (AUDIT / ".installed").exists(), reason="make audit, or make test-all, installs pip-audit")
ONE = "idna==3.6 --hash=sha256:" + "0" * 64 + "\n"
OURS = {"a stand-in": ("--vulnerability-service", "osv", "--osv-url")}


@contextmanager
def osv(answer: dict[str, Any] | None) -> Iterator[str]:
    """A service on loopback that answers every question so; None: that it does not know."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(404 if answer is None else 200)
            body = json.dumps(answer or {}).encode()
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


WEAK = {
    "vulns": [
        {
            "id": "PYSEC-2024-60",
            "published": "2024-07-07T18:15:00Z",
            "summary": "slow",
            "affected": [
                {
                    "package": {"name": "idna", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.7"}]}],
                    "versions": ["3.6"],
                }
            ],
        }
    ]
}


@pytest.mark.slow
@installed
@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [({}, 0, "nothing against the 1 locked"), (WEAK, 1, "idna 3.6: PYSEC-2024-60, mended in 3.7"), (None, 2, "audit: not done")],
    ids=["clean", "weak", "no answer"],
)
def test_an_audit_says_what_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any] | None, code: int, says: str
) -> None:
    """pip-audit itself, asking a stand-in."""
    (tmp_path / "lock").write_text(ONE)
    monkeypatch.setattr("sys.executable", str(AUDIT / "bin" / "python"))
    with osv(answer) as url:
        ended, said = audit.audited(tmp_path / "lock", audit.pip_audit, {name: (*how, url) for name, how in OURS.items()})
    assert (ended, says in said) == (code, True), said


def test_an_audit_that_was_not_done_says_what_was_expected_what_came_and_what_to_do() -> None:
    def asked(options: object) -> tuple[str, str]:
        return "", "ERROR:pip_audit: idna: Dependency not found on PyPI and could not be audited: idna (3.6)\n"

    code, said = audit.audited(LOCK, asked)
    assert code == 2
    for part in (
        "Expected: an answer about every locked version",
        "PyPI's JSON API): ERROR:pip_audit: idna",
        "  OSV: ",
        "run `make audit`",
    ):
        assert part in said


def test_a_version_that_was_skipped_was_not_audited() -> None:
    skipped = json.dumps({"dependencies": [{"name": "idna", "skip_reason": "not found"}], "fixes": []})
    assert audit.audited(LOCK, lambda _: (skipped, ""))[0] == 2


@pytest.mark.slow
@installed
def test_the_bill_of_materials_fits_the_published_schema() -> None:
    """CycloneDX's own schema, as cyclonedx-python-lib brings it, on which pip-audit rests."""
    (folder,) = AUDIT.glob("lib/python3*/site-packages/cyclonedx/schema/_res")
    named = {name: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text()) for name in ("bom-1.6", "spdx", "jsf-0.82")}
    base = named["bom-1.6"]["$id"].rpartition("/")[0]
    resources = [(f"{base}/{name}.SNAPSHOT.schema.json", referencing.Resource.from_contents(one)) for name, one in named.items()]
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    schema = named["bom-1.6"] | {"$id": f"{base}/bom-1.6.SNAPSHOT.schema.json"}
    validator = jsonschema.Draft7Validator(schema, registry=registry, format_checker=jsonschema.FormatChecker())
    made = bill(LOCK.read_text(encoding="utf-8"))
    assert list(validator.iter_errors(made)) == []
    for wrong in ({"specVersion": 1.6}, {"components": [{"name": "x"}]}, {"serialNumber": "urn:x"}, {"more": 1}):
        assert list(validator.iter_errors(made | wrong)) != [], wrong
