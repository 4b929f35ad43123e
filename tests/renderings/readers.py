"""Opens renderings with programs that others wrote, and prints what these understood, as JSON. Runs where they are installed.

python readers.py FOLDER XSD    FOLDER holds junit.xml, earl.jsonld and summary.md; XSD is the schema of Jenkins' xUnit plugin
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import cmarkgfm
import rdflib
import xmlschema
from cmarkgfm.cmark import Options
from junitparser import JUnitXml
from rdflib.namespace import DCTERMS, RDF, XSD

EARL = rdflib.Namespace("http://www.w3.org/ns/earl#")


def outcomes(graph: rdflib.Graph) -> Counter[str]:
    """How often each outcome was asserted, of assertions that have all that EARL asks of one."""
    found: Counter[str] = Counter()
    for one in graph.subjects(RDF.type, EARL.Assertion):
        who, about, test, result = (
            graph.value(one, EARL[name], any=False) for name in ("assertedBy", "subject", "test", "result")
        )
        whole = graph.value(test, DCTERMS.isPartOf, any=False)
        kinds = {
            who: EARL.Assertor,
            about: EARL.TestSubject,
            test: EARL.TestCase,
            whole: EARL.TestRequirement,
            result: EARL.TestResult,
        }
        date = graph.value(result, DCTERMS.date)
        if all((thing, RDF.type, kind) in graph for thing, kind in kinds.items()) and date.datatype == XSD.dateTime:
            found[str(graph.value(result, EARL.outcome, any=False)).removeprefix(EARL)] += 1
    return found


def main() -> None:
    folder, xsd = map(Path, sys.argv[1:])
    junit = folder / "junit.xml"
    (suite,) = JUnitXml.fromfile(str(junit))
    graph = rdflib.Graph().parse(folder / "earl.jsonld", format="json-ld")
    schema = xmlschema.XMLSchema(str(xsd))
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    print(
        json.dumps(
            {
                "jenkins": [str(error.reason) for error in schema.iter_errors(str(junit))],
                "refused": not schema.is_valid(junit.read_text(encoding="utf-8").replace(' tests="', ' checks="', 1)),
                "junit": {
                    case.name: [case.time, [f"{type(one).__name__}: {one.message}" for one in case.result]] for case in suite
                },
                "earl": outcomes(graph),
                "summary": cmarkgfm.github_flavored_markdown_to_html(summary, options=Options.CMARK_OPT_UNSAFE),
            }
        )
    )


if __name__ == "__main__":
    main()
