"""`make sbom`: what the suite is made of, as CycloneDX 1.6, from the lock alone. The same lock gives the same bytes."""

from __future__ import annotations

import json
import re
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance import __version__

LOCK = Path(__file__).parents[1] / "requirements.lock"
_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))? \\$", re.MULTILINE
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str) -> dict[str, Any]:
    """The bill of materials of a lock: each pinned distribution with its purl and the digests of the files that may be installed."""
    entries = list(_PINNED.finditer(lock))
    ends = [entry.start() for entry in entries[1:]] + [len(lock)]
    parts = [_component(entry, lock[entry.end() : end]) for entry, end in zip(entries, ends, strict=True)]
    own = {"type": "application", "bom-ref": f"pkg:pypi/yance@{__version__}", "name": "yance", "version": __version__}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, "sha256:" + sha256(lock.encode()).hexdigest()).urn,
        "version": 1,
        "metadata": {"component": {**own, "purl": own["bom-ref"], "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": parts,
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _component(entry: re.Match[str], rest: str) -> dict[str, Any]:
    name, version = re.sub(r"[-_.]+", "-", entry["name"]).lower(), entry["version"]
    purl = f"pkg:pypi/{name}@{version}"
    files = [{"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": one}]} for one in _HASH.findall(rest)]
    marked = [{"name": "python:marker", "value": entry["marker"]}] if entry["marker"] else []
    found = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "externalReferences": files}
    return {**found, **({"properties": marked} if marked else {})}


if __name__ == "__main__":
    print(json.dumps(bill(LOCK.read_text(encoding="utf-8")), indent=1))
