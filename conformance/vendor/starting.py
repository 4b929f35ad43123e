"""The files with which a vendor begins: yance.toml, with what its profile asks for, and a step for a CI.

What is written is read again by the same reader as anybody's (`load.settings`), and its shell step is the one in the README.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.load.catalogue import say
from conformance.model import LIMITED, TENANTS, Ics, Ixit, Profile, Spec
from conformance.vendor.settled import lacking

__all__ = ["CI_FILES", "Start", "ci_text", "needed_actors", "settings_text", "variable"]

STEP = """\
yance run -c {config} --out runs/ci --force && code=0 || code=$?
if [ -f runs/ci/report.json ]; then
  yance report runs/ci --format github,sarif
fi
"""
CI_FILES: Mapping[str, str] = {"github": ".github/workflows/yance.yml", "gitlab": ".gitlab-ci.yml"}


@dataclass(frozen=True)
class Start:
    """What is known of a solution before its first run. `tokens` are written out; who has none is given an environment variable."""

    spec: Spec
    profile: Profile
    url: str
    solution: str = "my-solution"
    version: str = "1.0.0"
    vendor: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)


def needed_actors(start: Start) -> list[str]:
    """The actors without whom something of the profile would stay open, in the order in which they matter."""
    nobody = Ixit(start.url, sandbox=True)
    found = [one.values["actor"] for one in lacking(start.spec, start.profile, Ics(), nobody) if one.key == "no-actor"]
    return sorted(found, key=lambda actor: (*TENANTS, LIMITED, actor).index(actor))


def variable(actor: str) -> str:
    """The environment variable for an actor's token."""
    return f"YANCE_TOKEN_{actor.upper().replace('-', '_')}"


def settings_text(start: Start, language: str) -> str:
    """A yance.toml with comments in a language."""
    writes = any(start.spec.operations[name].writes for name in start.profile.operations)
    parts = [
        *_comment("init.head", language, domain=start.spec.domain, profile=start.profile.id),
        "[solution]",
        f"id = {_quoted(start.solution)}",
        f"version = {_quoted(start.version)}",
        f"vendor = {_quoted(start.vendor)}",
        "",
        "[target]",
        *_comment("init.url", language),
        f"url = {_quoted(start.url)}",
        f"domain = {_quoted(start.spec.domain)}",
        f"profile = {_quoted(start.profile.id)}",
    ]
    if writes:
        parts += [*_comment("init.sandbox", language), f"sandbox = {'true' if start.tokens else 'false'}"]
    for actor in needed_actors(start):
        held = _quoted(start.tokens[actor]) if actor in start.tokens else _quoted(f"env:{variable(actor)}")
        parts += ["", *_comment(f"init.actor.{actor}", language), f"[actors.{actor}]", f"token = {held}"]
    for key, lines in (
        ("init.limits", ("[limits]", "rate = 20", "concurrency = 4")),
        ("init.unsupported", ("[ics.unsupported]", f'{start.profile.operations[-1]} = "…"')),
        ("init.seed", ("[seed]", f'{_seed(start)} = ["…"]')),
    ):
        parts += ["", *_comment(key, language), *(f"# {line}" for line in lines)]
    return "\n".join(parts) + "\n"


def ci_text(kind: str, start: Start, config: str) -> str:
    """The file for a CI: `github` or `gitlab`."""
    step = STEP.format(config=config)
    variables = [variable(actor) for actor in needed_actors(start) if actor not in start.tokens]
    return _github(step, variables) if kind == "github" else _gitlab(step, variables)


def _github(step: str, variables: Sequence[str]) -> str:
    more = 'cat runs/ci/annotations.txt\n  cat runs/ci/summary.md >> "$GITHUB_STEP_SUMMARY"'
    shown = step.replace("github,sarif\n", f"annotations,github,sarif\n  {more}\n")
    env = "".join(f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in variables)
    return f"""\
name: yance
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  conformance:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install yance
      - name: Test the interface
{f"        env:{chr(10)}{env}" if env else ""}\
        run: |
{_indented(shown + "exit $code", 10)}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: yance
          path: runs/ci
"""


def _gitlab(step: str, variables: Sequence[str]) -> str:
    asked = "".join(f"#   {name}\n" for name in variables)
    return f"""\
{f"# Masked variables that this job needs (Settings, CI/CD, Variables):{chr(10)}{asked}" if asked else ""}\
conformance:
  image: python:3.12-slim
  timeout: 30 minutes
  script:
    - pip install yance
    - |
{_indented(step + "exit $code", 6)}
  artifacts:
    when: always
    paths:
      - runs/ci
    reports:
      junit: runs/ci/junit.xml
"""


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())


def _comment(key: str, language: str, **values: str) -> list[str]:
    return [f"# {line}" for line in say(key, language, **values).splitlines()]


def _quoted(text: str) -> str:
    """A text as a basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _seed(start: Start) -> str:
    """A parameter of which a value may have to be named."""
    operations = [start.spec.operations[name] for name in start.profile.operations]
    return next((p.name for one in operations for p in one.parameters if p.location == "path"), "id")
