"""The report as EARL 1.0 (W3C), in JSON-LD: one assertion per case, by the suite, about the solution, with its outcome.

earl:passed, earl:failed     pass, fail (of a SHOULD, too: what decides is for whoever reads the level of the criterion)
earl:cantTell                inconclusive, and what the suite itself failed at
earl:inapplicable            not applicable
earl:untested                not tested

The context is written out, so that nothing has to be fetched. Names that the suite gives are URNs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from conformance.formats._json import shown, written
from conformance.formats._summary import account, borne, by_id, headline
from conformance.model import Outcome

__all__ = ["FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "earl", "jsonld", "earl.jsonld"
_CONTEXT: Mapping[str, Any] = {
    "earl": "http://www.w3.org/ns/earl#",
    "dct": "http://purl.org/dc/terms/",
    "doap": "http://usefulinc.com/ns/doap#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "yance": "urn:yance:terms:",
    **{name: {"@id": f"earl:{name}", "@type": "@id"} for name in ("assertedBy", "subject", "test", "mode", "outcome")},
    **{name: {"@id": f"dct:{name}", "@type": "@id"} for name in ("isPartOf", "hasPart")},
    "date": {"@id": "dct:date", "@type": "xsd:dateTime"},
    "result": "earl:result",
    "info": "earl:info",
    "title": "dct:title",
    "description": "dct:description",
    "source": "dct:source",
    "level": "yance:level",
    "id": "@id",
    "type": "@type",
}
_OUTCOMES: Mapping[str, str] = {
    Outcome.PASS: "earl:passed",
    Outcome.FAIL: "earl:failed",
    Outcome.INCONCLUSIVE: "earl:cantTell",
    Outcome.ERROR: "earl:cantTell",
    Outcome.NOT_APPLICABLE: "earl:inapplicable",
    Outcome.NOT_TESTED: "earl:untested",
}


def render(report: Mapping[str, Any], language: str) -> bytes:
    """The report as EARL in JSON-LD; what was found is told in `language`, titles in every language."""
    return written(shown({"@context": dict(_CONTEXT), "@graph": list(_graph(report, language))}))


def _graph(report: Mapping[str, Any], language: str) -> Iterator[dict[str, Any]]:
    suite, target, specification = report["suite"], report["target"], report["specification"]
    asserted = _urn("suite", suite["name"], suite["version"])
    subject = _urn("solution", target["solutionId"], target["solutionVersion"])
    yield {
        "id": asserted,
        "type": ["earl:Assertor", "earl:Software", "doap:Project"],
        "title": suite["name"],
        "doap:revision": suite["version"],
    }
    yield {
        "id": subject,
        "type": ["earl:TestSubject", "doap:Project"],
        "title": target["solutionId"],
        "doap:revision": target["solutionVersion"],
        "doap:vendor": {"type": "foaf:Organization", "foaf:name": target["vendor"]},
        "yance:endpoint": target["baseUrl"],
    }
    version = (specification["domain"], specification["version"])
    for row in report["requirements"]:
        yield {
            "id": _urn("requirement", *version, row["id"]),
            "type": "earl:TestRequirement",
            "title": row["id"],
            "description": [{"@value": text, "@language": language} for language, text in row["text"].items()],
            "source": row["source"],
            "level": row["level"],
            "hasPart": [_urn("case", *version, case) for case in row["cases"]],
        }
    rows = by_id(report)
    for verdict in report["verdicts"]:
        row = rows[verdict["requirement"]]
        case = _urn("case", *version, verdict["case"])
        whole = _urn("requirement", *version, row["id"])
        yield {"id": case, "type": "earl:TestCase", "title": verdict["case"], "isPartOf": whole}
        yield {
            "id": _urn("assertion", report["runId"], verdict["case"]),
            "type": "earl:Assertion",
            "assertedBy": asserted,
            "subject": subject,
            "test": case,
            "mode": "earl:automatic",
            "result": _result(report, verdict, row, language),
        }


def _result(report: Mapping[str, Any], verdict: Mapping[str, Any], row: Mapping[str, Any], language: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": "earl:TestResult",
        "outcome": _OUTCOMES[verdict["outcome"]],
        "date": report["finishedOn"],
        "yance:witnesses": verdict["witnesses"],
    }
    if verdict["outcome"] != Outcome.PASS:
        text = account(verdict, row, language) if verdict["findings"] or borne(verdict, row) else headline(verdict, language)
        if borne(verdict, row):
            result["yance:waiver"] = row["waiver"]["waiverId"]
        result["info"] = {"@value": text, "@language": language}
    return result


def _urn(*parts: str) -> str:
    """A name of ours. What a URN cannot hold is written in percent."""
    return "urn:yance:" + ":".join(quote(part, safe="", errors="replace") for part in parts)
