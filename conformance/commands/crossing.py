"""What a joint report says on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.commands.front import RESULTS, Front
from conformance.load.catalogue import say
from conformance.verdict.folder import RunFolder

__all__ = ["summed_up"]

_MARKS = {"pass": "✓", "fail": "✗"}


def summed_up(front: Front, report: Mapping[str, Any], folder: RunFolder) -> None:
    """Tell what each requirement came to, why where it did not pass, and where the files are."""
    for row in report["requirements"]:
        if row["outcome"] == "not_tested":
            continue
        front.line(f"{_MARKS.get(row['outcome'], '?')} {row['id']}  {front.text(row['text'])}")
        for case in row["cases"]:
            for finding in case["findings"]:
                numbers = say("journey.exchanges", front.language, numbers=", ".join(map(str, finding["exchanges"])))
                front.line(f"    {case['workflow']}: {front.text(finding['text'])} {numbers}")
            for text in case["open"]:
                front.line(f"    {case['workflow']}: {say('journey.open', front.language, what=front.text(text))}")
    front.line()
    front.line(say(f"journey.result.{report['result']}", front.language), RESULTS[report["result"]])
    front.say("journey.where", folder=folder.path, exchanges=report["evidence"]["exchanges"])
    front.result({**report, "folder": str(folder.path)})
