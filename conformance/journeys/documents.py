"""The journeys of a version: each an Arazzo document in `specs/journeys/<version>/`, and the rows of `requirements.yaml` beside them.

A document is Arazzo 1.0 in a subset: workflows of calls by `operationId`, parameters, a JSON body, criteria that are conditions, outputs. What
Arazzo has no word for stands beside it:

    x-yance-actor    in whose name a call is made, where it is not tenant a's
    x-yance-find     which item of a list is meant: `items` (a pointer), `where` (pointer: value); pages are followed until it is found, and
                     `#/items/0` in an output of the step is the item that was found
    x-yance-outputs  outputs that are reckoned: `{instant: EXPRESSION, plus: SECONDS, zone: "+00:00"}`
    x-yance-pause    seconds that pass before the call, where a list or a public view may lag behind
    x-yance-refused  the call is to be refused; it is what breaks the journey off
    x-yance-shared   the call asks for a shared place: a target that does not have it (404) has not failed, its places are to be named
    x-yance-template of an input: how it is made for each run, as in a set-up recipe (`given.templates`)

Everything that a document names is looked up when it is read: operations, parameters, steps, inputs. A mistake is told with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.errors import UsageError, nearest
from conformance.journeys import checks
from conformance.journeys.expressions import fault, named, unset
from conformance.load import Folders, load_spec
from conformance.load.data import digest_of
from conformance.load.documents import Document, check, read_document
from conformance.model import Binding, Level, Operation, Requirement, Spec, Text
from conformance.text import pointer

__all__ = ["FOLDER", "Journey", "Journeys", "Row", "Step", "Workflow", "load_journeys"]

FOLDER = "journeys"  # of specs/: what lies there is no domain
_ROWS, _ENDS = "requirements.yaml", ".arazzo.yaml"
_PREFIX = "$sourceDescriptions."


@dataclass(frozen=True)
class Step:
    """One call."""

    id: str
    source: str
    operation: Operation = field(repr=False)
    actor: str | None
    parameters: tuple[tuple[str, str, Any], ...]
    body: Any
    criteria: tuple[str, ...]
    outputs: Mapping[str, str]
    reckoned: Mapping[str, Mapping[str, Any]]
    find: Mapping[str, Any] | None
    refused: bool
    shared: bool
    pause: int


@dataclass(frozen=True)
class Workflow:
    """One sequence of calls. `inputs` are schemas with a `default` or a template."""

    id: str
    summary: Text
    inputs: Mapping[str, Mapping[str, Any]] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)


@dataclass(frozen=True)
class Journey:
    """One service across domains: its document, the interfaces that it goes across, its workflows."""

    id: str
    title: Text
    description: Text
    specs: Mapping[str, Spec] = field(repr=False)  # by the name of the source, which is the domain
    workflows: tuple[Workflow, ...] = field(repr=False)
    digest: str = ""
    source: str = ""


@dataclass(frozen=True)
class Row:
    """What is demanded between the steps of journeys. `cases` bind the check to workflows, with its arguments."""

    id: str
    level: Level
    conformance_class: str
    text: Text
    source: str
    remedy: Text
    check: str
    cases: Mapping[str, Mapping[str, Any]] = field(repr=False)
    where: str = ""  # file:line of the row


@dataclass(frozen=True)
class Journeys:
    """All journeys of a version, with the rows."""

    version: str
    title: Text
    classes: Mapping[str, Text]
    journeys: tuple[Journey, ...]
    rows: tuple[Row, ...]
    digest: str  # of the rows

    @property
    def documents_digest(self) -> str:
        """The digest of all documents together."""
        return digest_of({one.id: one.digest for one in self.journeys})

    @property
    def demands_digest(self) -> str:
        """The digest of what is demanded: id, level, class and text of each row. How it is tested is no part of it."""
        return digest_of({row.id: [str(row.level), row.conformance_class, dict(row.text)] for row in self.rows})

    def requirements(self) -> tuple[Requirement, ...]:
        """The rows in the shape that those of a domain have: each bound to the operations whose answers it looks at."""
        steps = {one.id: {step.id: step for step in one.steps} for journey in self.journeys for one in journey.workflows}
        return tuple(_requirement(row, steps) for row in self.rows)

    def chosen(self, names: Sequence[str]) -> tuple[Journey, ...]:
        """The journeys of these names, or all. Raises UsageError for one that is not there."""
        known = {one.id: one for one in self.journeys}
        for name in names:
            if name not in known:
                raise UsageError(f"there is no journey {name!r}{nearest(name, known)} (known: {', '.join(known)})")
        return tuple(one for one in self.journeys if not names or one.id in names)


def load_journeys(folders: Folders, version: str | None = None) -> Journeys:
    """The journeys of a version, or of the newest. Raises UsageError where there is none, DataError for what is wrong in a file."""
    known = sorted({one.name for one in folders.children("specs", FOLDER) if (one / _ROWS).is_file()})
    if version is not None and version not in known:
        raise UsageError(f"there are no journeys of version {version!r} (known: {', '.join(known)})")
    if not known:
        raise UsageError("no data folder has journeys; expected specs/journeys/<version>/requirements.yaml")
    folder = folders.find("specs", FOLDER, version or known[-1])
    assert folder is not None, "it is one of its children"
    journeys = tuple(_journey(folders, path) for path in sorted(folder.iterdir()) if path.name.endswith(_ENDS))
    rows = read_document(folder / _ROWS)
    check(rows, folders.schema("journey-rows"))
    content = rows.content
    workflows = {one.id: one for journey in journeys for one in journey.workflows}
    read = tuple(_row(rows, number, workflows) for number in range(len(content["requirements"])))
    return Journeys(folder.name, content["title"], content["classes"], journeys, read, digest_of(content))


# ------------------------------------------------------------------------------------------ documents


def _journey(folders: Folders, path: Path) -> Journey:
    document = read_document(path)
    check(document, folders.schema("journey"))
    content, info = document.content, document.content["info"]
    specs = dict(_sources(folders, document))
    workflows = tuple(_workflow(document, specs, number) for number in range(len(content["workflows"])))
    title, described = (_both(info, member) for member in ("title", "description"))
    return Journey(path.name.removesuffix(_ENDS), title, described, specs, workflows, digest_of(content), str(path))


def _both(node: Mapping[str, Any], member: str) -> Text:
    return {"en": node[member], "zh-Hant": node[f"x-{member}-zh-Hant"]}


def _sources(folders: Folders, document: Document) -> Iterator[tuple[str, Spec]]:
    for number, one in enumerate(document.content["sourceDescriptions"]):
        parts = Path(one["url"]).parts
        where = pointer.join("sourceDescriptions", number, "url")
        if len(parts) < 3 or parts[-3] != one["name"]:
            raise document.wrong(
                where, f"{one['url']!r} is not the document of {one['name']}; expected ../../{one['name']}/VERSION/openapi.yaml"
            )
        try:
            yield one["name"], load_spec(folders, one["name"], parts[-2])
        except UsageError as error:
            raise document.wrong(where, str(error)) from None


def _workflow(document: Document, specs: Mapping[str, Spec], number: int) -> Workflow:
    where = pointer.join("workflows", number)
    content = document.content["workflows"][number]
    inputs = content["inputs"]["properties"]
    known: dict[str, set[str]] = {"": set(inputs)}
    steps = []
    for nth, one in enumerate(content["steps"]):
        here = f"{where}/steps/{nth}"
        if one["stepId"] in known:
            raise document.wrong(f"{here}/stepId", f"the step {one['stepId']!r} is there twice")
        steps.append(_step(document, specs, one, here))
        given = {name: value for name, value in one.items() if name not in ("outputs", "x-yance-outputs")}
        _refuse_unknown(document, given, here, known)
        known[one["stepId"]] = {*one.get("outputs", {}), *one.get("x-yance-outputs", {})}
    return Workflow(content["workflowId"], _both(content, "summary"), inputs, tuple(steps))


def _step(document: Document, specs: Mapping[str, Spec], one: Mapping[str, Any], where: str) -> Step:
    source, _, name = one["operationId"].removeprefix(_PREFIX).partition(".")
    spec = specs.get(source)
    if not one["operationId"].startswith(_PREFIX) or spec is None:
        expected = f"{_PREFIX}SOURCE.OPERATION with one of {', '.join(specs)}"
        raise document.wrong(f"{where}/operationId", f"{one['operationId']!r:.80} names no operation; expected {expected}")
    if name not in spec.operations:
        raise document.wrong(f"{where}/operationId", f"{source} has no operation {name!r}{nearest(name, spec.operations)}")
    operation = spec.operations[name]
    parameters = tuple((p["name"], p["in"], p["value"]) for p in one.get("parameters", ()))
    for nth, (key, location, _) in enumerate(parameters):
        if operation.parameter(key, location) is None:
            raise document.wrong(f"{where}/parameters/{nth}", f"{name} has no parameter {key!r} in {location}")
    for p in operation.parameters:
        if p.required and not any((p.name.lower(), p.location) == (key.lower(), location) for key, location, _ in parameters):
            raise document.wrong(where, f"{name} needs the parameter {p.name} in {p.location}")
    criteria = tuple(each["condition"] for each in one["successCriteria"])
    for nth, condition in enumerate(criteria):
        if wrong := unset(condition):
            raise document.wrong(f"{where}/successCriteria/{nth}", wrong)
    actor = one.get("x-yance-actor", "a" if operation.secured else None)
    body = one.get("requestBody", {}).get("payload")
    more = (one.get("outputs", {}), one.get("x-yance-outputs", {}), one.get("x-yance-find"))
    marks = (bool(one.get("x-yance-refused")), bool(one.get("x-yance-shared")), one.get("x-yance-pause", 0))
    return Step(one["stepId"], source, operation, actor, parameters, body, criteria, *more, *marks)


def _refuse_unknown(document: Document, node: Any, where: str, known: Mapping[str, set[str]]) -> None:
    """Refuses an expression that is none, and one that names what no earlier step puts out."""
    for at, text in _texts(node, where):
        if wrong := fault(text):
            raise document.wrong(at, wrong)
        for step, name in named(text):
            if name not in known.get(step, ()):
                what = f"the step {step} before it has no output" if step else "the workflow has no input"
                raise document.wrong(at, f"{what} {name!r}{nearest(name, known.get(step, ()))}")


def _texts(node: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(value, where + pointer.join(str(key))) if key not in ("condition", "operationId") else ()
    elif isinstance(node, list):
        for nth, value in enumerate(node):
            yield from _texts(value, f"{where}/{nth}")
    elif isinstance(node, str):
        yield where, node


# ------------------------------------------------------------------------------------------ rows


def _row(document: Document, number: int, workflows: Mapping[str, Workflow]) -> Row:
    where = pointer.join("requirements", number)
    one = document.content["requirements"][number]
    if one["id"] in [row["id"] for row in document.content["requirements"][:number]]:
        raise document.wrong(f"{where}/id", f"the id {one['id']} is there twice")
    if one["class"] not in document.content["classes"]:
        raise document.wrong(
            f"{where}/class", f"there is no class {one['class']!r}{nearest(one['class'], document.content['classes'])}"
        )
    if one["check"] not in checks.names():
        said = f"there is no check {one['check']!r} of journeys{nearest(one['check'], checks.names())}"
        raise document.wrong(f"{where}/check", said)
    for name, arguments in one["cases"].items():
        here = where + pointer.join("cases", name)
        if name not in workflows:
            raise document.wrong(here, f"there is no workflow {name!r}{nearest(name, workflows)}")
        for key in arguments:
            known = checks.check(one["check"]).parameters
            if key not in known:
                raise document.wrong(
                    here + pointer.join(key), f"the check {one['check']} has no argument {key!r}{nearest(key, known)}"
                )
        outputs = {step.id: {*step.outputs, *step.reckoned} for step in workflows[name].steps}
        _refuse_unknown(document, arguments, here, {"": set(workflows[name].inputs), **outputs})
        for key, value in arguments.items():
            if key in checks.STEPS:
                _refuse_unknown_steps(document, value, here + pointer.join(key), outputs)
    texts = (one["text"], one["source"], one.get("remedy", {"en": "", "zh-Hant": ""}))
    at = f"{FOLDER}/{Path(document.file).parent.name}/{_ROWS}:{document.line(where)}"
    return Row(one["id"], Level(one["level"]), one["class"], *texts, one["check"], one["cases"], at)


def _requirement(row: Row, steps: Mapping[str, Mapping[str, Step]]) -> Requirement:
    asked = dict[str, None]()
    for workflow, arguments in row.cases.items():
        named_here = set(_named_steps(arguments)) if arguments else set(steps[workflow])
        asked |= dict.fromkeys(f"{one.source}.{one.operation.id}" for name, one in steps[workflow].items() if name in named_here)
    binding = Binding(row.check, row.cases, tuple(asked))
    texts = (row.text, row.source, row.remedy)
    return Requirement(row.id, row.level, row.conformance_class, "", *texts, binding, None, 1, "case", row.where)


def _named_steps(arguments: Mapping[str, Any]) -> Iterator[str]:
    """The steps that the arguments of a row name, by their expressions or by themselves."""
    for key, value in arguments.items():
        if key in checks.STEPS:
            yield from [value] if isinstance(value, str) else value
        yield from (step for _, text in _texts(value, "") for step, _ in named(text) if step)


def _refuse_unknown_steps(document: Document, value: Any, where: str, steps: Mapping[str, Any]) -> None:
    for name in [value] if isinstance(value, str) else value:
        if name not in steps:
            raise document.wrong(where, f"the workflow has no step {name!r}{nearest(name, steps)}")
