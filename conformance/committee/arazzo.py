"""The set-up recipes and the courses of a spec as Arazzo 1.0, the OpenAPI Initiative's form of a sequence of calls.

A candidate of a recipe is a workflow (`setup-reservation-1`), and so is each course of a requirement (`TRN-030-2`). What Arazzo can say is said in
its own words: calls, parameters, bodies, values taken from earlier answers, expected statuses. What it has no word for is kept beside it
under `x-yance-…`: which item of a list is meant (`find`), who asks, how often and at once, what an answer must not show. A value that is made
anew for each case (a time, a name of its own) is an input of the workflow, with the template that it is made by.

It is for exchange: Yance itself runs the rows. Source: Arazzo Specification 1.0.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.given.templates import TEMPLATES
from conformance.interface.dialect import read_dialect
from conformance.load.catalogue import say
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = ["arazzo", "source_name"]

_COURSES = "a_course_of_requests_goes_as_stated"
_SAID = ("name", "send", "path", "query", "headers", "content", "status")  # members of a step that are told in words of Arazzo
_THING = "thing"
_SENT, _HEADERS = " sent", " headers"
_PLAIN = re.compile(r"(?:/[A-Za-z_][A-Za-z0-9_]*)+")
Needed = dict[str, set[str]]  # by recipe: which places of what it makes are asked for


def source_name(spec: Spec) -> str:
    """The file beside the description in which the interface is expected: what `yance spec bundle` writes."""
    return f"{spec.domain}-{spec.version}.openapi.json"


def arazzo(spec: Spec, title: str, language: str) -> dict[str, Any]:
    """The description. A spec without recipes and courses has no workflow, which Arazzo does not allow: then `workflows` is empty."""
    needed: Needed = {}
    list(_workflows(spec, needed, language))  # what each recipe has to give is known once all were written
    return {
        "arazzo": "1.0.1",
        "info": {"title": title, "version": spec.version, "summary": say("spec.arazzo.summary", language)},
        "sourceDescriptions": [{"name": spec.domain, "url": source_name(spec), "type": "openapi"}],
        "workflows": list(_workflows(spec, needed, language)),
    }


def _workflows(spec: Spec, needed: Needed, language: str) -> Iterator[dict[str, Any]]:
    for name, recipe in spec.setup.items():
        for nth, candidate in enumerate(recipe["candidates"], 1):
            flow = _Flow(spec, needed, language)
            last = flow.made(recipe, candidate)
            wanted = {recipe["id"], *needed.get(name, ())} if "id" in recipe else needed.get(name, set())
            outputs = {_key(at): flow.output(last, at) for at in sorted(wanted)}
            yield flow.written(_setup(name, nth), f"{name}: {candidate['name']}", outputs)
    for row in spec.requirements:
        if row.binding is not None and row.binding.check == _COURSES:
            for nth, course in enumerate(row.binding.arguments["courses"], 1):
                flow = _Flow(spec, needed, language)
                flow.course(course)
                if flow.steps:
                    yield flow.written(f"{row.id}-{nth}", f"{row.id}: {course['name']}", {}, description=row.text[language])


def _setup(name: str, nth: int) -> str:
    return f"setup-{_slug(name)}-{nth}"


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "step"


def _key(at: str) -> str:
    """What an output is called by its place."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", ".".join(pointer.segments(at))) or "body"


@dataclass
class _Flow:
    """A workflow that is being written. `known`: by name, in which step something was answered, and of which recipe it is, if of one."""

    spec: Spec
    needed: Needed
    language: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict)
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    items: str = ""  # where in the answer of the step `thing` the item that was found stands

    def written(self, name: str, summary: str, outputs: Mapping[str, str], description: str = "") -> dict[str, Any]:
        """The workflow."""
        inputs = {"type": "object", "properties": self.inputs, "required": list(self.inputs)}
        said = {"workflowId": name, "summary": summary, **({"description": description} if description else {})}
        return {
            **said,
            **({"inputs": inputs} if self.inputs else {}),
            "steps": self.steps,
            **({"outputs": dict(outputs)} if outputs else {}),
        }

    # -------------------------------------------------------------------------------- what there is to be written

    def made(self, recipe: Mapping[str, Any], candidate: Mapping[str, Any], name: str = "made") -> str:
        """The steps of a candidate: what it stands on, what it finds, and the creation. The step that gives the thing."""
        self.stand(candidate.get("of") or {})
        if "find" in candidate:
            self.find(candidate["find"])
        if "create" not in recipe:
            self.known[name] = self.known[_THING]
            return self.known[name][0]
        return self.call(name, self.spec.operations[recipe["create"]], self._parted(candidate["body"]))

    def stand(self, of: Mapping[str, Any]) -> None:
        """What a candidate or a course stands on: the workflow of a recipe, or where members are to differ, its steps."""
        for name, changes in of.items():
            recipe = max((one for one in self.spec.setup if f"{name} ".startswith(f"{one} ")), key=len)
            if not changes:
                self.steps.append({"stepId": self._step_id(name), "workflowId": _setup(recipe, 1)})
                self.known[name] = (self.steps[-1]["stepId"], recipe)
                continue
            candidate = self.spec.setup[recipe]["candidates"][0]
            self.made(self.spec.setup[recipe], {**candidate, "body": {**candidate.get("body", {}), **changes}}, name)

    def find(self, wanted: Mapping[str, Any]) -> None:
        """Something that the target has: the first item of the answer stands for it, and what it has to be like is said beside it."""
        operation = self.spec.operations[wanted["operation"]]
        at = read_dialect(self.spec.dialect).items_pointer(operation) if operation.collection is not None else ""
        self.call(_THING, operation, {"query": wanted.get("query") or {}}, more={"x-yance-find": dict(wanted)})
        self.items = f"{at}/0" if at else ""
        if condition := _condition(wanted.get("where") or {}, at):
            criterion = {"context": "$response.body", "condition": condition, "type": "jsonpath"}
            self.steps[-1]["successCriteria"].append(criterion)

    def course(self, course: Mapping[str, Any]) -> None:
        """The steps of a course, with what it stands on."""
        self.stand(course.get("of") or {})
        if "find" in course:
            self.find(course["find"])
        pause = 0
        for step in course["steps"]:
            if "pause" in step:
                pause += step["pause"]
                continue
            rest = {name: value for name, value in step.items() if name not in _SAID}
            more = {**({"x-yance-step": rest} if rest else {}), **({"x-yance-pause": pause} if pause else {})}
            self.call(step["name"], self.spec.operations[step["send"]], step, step.get("status"), more)
            pause = 0

    # -------------------------------------------------------------------------------- one call

    def call(
        self,
        name: str,
        operation: Operation,
        sent: Mapping[str, Any],
        status: Iterable[int] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> str:
        """A call of an operation with what is sent (`path`, `query`, `headers`, `content`), and its step."""
        step: dict[str, Any] = {"stepId": self._step_id(name)}
        step |= {"operationId": operation.id} if operation.raw.get("operationId") else {"operationPath": self._path(operation)}
        parameters = [
            {"name": key, "in": where, "value": self.value(value, key)}
            for where, member in (("path", "path"), ("query", "query"), ("header", "headers"))
            for key, value in (sent.get(member) or {}).items()
        ]
        given = {(one["in"], one["name"].lower()) for one in parameters}
        parameters += [
            {"name": one.name, "in": one.location, "value": self._input(one.name, {})}
            for one in operation.parameters
            if one.required and (one.location, one.name.lower()) not in given
        ]
        step |= {"parameters": parameters} if parameters else {}
        if "content" in sent and operation.bodies:
            step["requestBody"] = {"contentType": operation.media_type, "payload": self.value(sent["content"], "body")}
        expected = [str(one) for one in status or ()] or [
            one for one in operation.responses if one.startswith("2") and one.isdigit()
        ]
        condition = " || ".join(f"$statusCode == {one}" for one in expected) or "$statusCode < 300"
        self.steps.append({**step, "successCriteria": [{"condition": condition}], **(more or {})})
        self.known[name] = (step["stepId"], "")
        return str(step["stepId"])

    def _path(self, operation: Operation) -> str:
        where = pointer.join("paths", operation.path, operation.method.lower())
        return f"{{$sourceDescriptions.{self.spec.domain}.url}}#{where}"

    def _step_id(self, name: str) -> str:
        taken, wanted = {one["stepId"] for one in self.steps}, _slug(name)
        return next(one for nth in range(1, len(taken) + 2) if (one := wanted if nth == 1 else f"{wanted}-{nth}") not in taken)

    def _parted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A recipe's body as what is sent: its members `{name}` are values of the path."""
        path = {name[1:-1]: value for name, value in body.items() if name.startswith("{") and name.endswith("}")}
        return {"path": path, "content": {name: value for name, value in body.items() if name[1:-1] not in path}}

    # -------------------------------------------------------------------------------- values

    def value(self, template: Any, name: str) -> Any:
        """A value that is sent, in words of Arazzo. `name`: the member that it is the value of."""
        if isinstance(template, list):
            return [self.value(one, name) for one in template]
        if not isinstance(template, Mapping):
            return template
        kind = next((kind for kind, members in TEMPLATES.items() if kind in template and template.keys() <= members), None)
        if kind is None:
            return {key: self.value(one, key) for key, one in template.items()}
        taken = self._taken(template["found"]) if template.keys() == {"found"} else None
        return taken or self._input(name, template)

    def _input(self, name: str, template: Mapping[str, Any]) -> str:
        """An input of the workflow, one for all places that are filled by the same template."""
        wanted = {"x-yance-template": dict(template)} if template else {}
        for nth in range(1, len(self.inputs) + 2):
            key = _slug(name) if nth == 1 else f"{_slug(name)}-{nth}"
            if self.inputs.setdefault(key, wanted) == wanted:
                break
        return f"$inputs.{key}"

    def _taken(self, at: str) -> str | None:
        """A value of an earlier answer; None where that is none that an expression names."""
        name, *rest = pointer.segments(at) or [""]
        where = pointer.join(*rest)
        if "*" in rest or "*" in name:
            return None
        for suffix, start in ((_SENT, "$request.body"), (_HEADERS, "$response.header")):
            if name.endswith(suffix) and (base := name.removesuffix(suffix)) in self.known:
                if start == "$request.body":
                    return self._kept(self.known[base][0], f"sent-{_key(where)}", f"{start}#{where}" if where else start)
                return self._kept(self.known[base][0], f"header-{_key(where)}", f"{start}.{rest[0]}") if rest else None
        if name in self.known:
            step, recipe = self.known[name]
            return self._of_recipe(step, recipe, where) if recipe else self.output_of(step, where, found=name == _THING)
        return self.output_of(self.known[_THING][0], at, found=True) if _THING in self.known else None

    def _of_recipe(self, step: str, recipe: str, where: str) -> str:
        self.needed.setdefault(recipe, set()).add(where)
        return f"$steps.{step}.outputs.{_key(where)}"

    def output(self, step: str, where: str) -> str:
        """A place of what a step answered, for the workflow's own outputs."""
        return self.output_of(step, where, found=self.known.get(_THING, ("", ""))[0] == step)

    def output_of(self, step: str, where: str, *, found: bool) -> str:
        """A place of what a step answered, kept under a name. `found`: the place is in the item that was found."""
        at = (self.items if found else "") + where
        return self._kept(step, _key(where), f"$response.body#{at}" if at else "$response.body")

    def _kept(self, step: str, key: str, expression: str) -> str:
        outputs = next(one for one in self.steps if one["stepId"] == step).setdefault("outputs", {})
        outputs[key] = expression
        return f"$steps.{step}.outputs.{key}"


def _condition(where: Mapping[str, Any], at: str) -> str:
    """What an item has to be like as a JSONPath that finds one; empty where it cannot be said so in full."""
    tests = []
    for place, value in where.items():
        if not _PLAIN.fullmatch(place):
            return ""
        path = "@" + place.replace("/", ".")
        if isinstance(value, Mapping):
            if value.keys() != {"at-least"}:
                return ""
            tests.append(f"{path} >= {value['at-least']}")
        else:
            options = [f"{path} == {_literal(one)}" for one in (value if isinstance(value, list) else [value])]
            tests.append(options[0] if len(options) == 1 else f"({' || '.join(options)})")
    if not tests or not (_PLAIN.fullmatch(at) or not at):
        return ""
    return f"${at.replace('/', '.')}[?{' && '.join(tests)}]" if at else ""


def _literal(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else str(value)
