"""What other programs say of the table of changes: packages of npm (answers.mjs) and of PyPI (subsets.py), each installed by its name only.

They are installed in a folder of their own, which is kept for the next time; nothing of the suite needs them. Whatever cannot be had is said in a
sentence, and the others are asked all the same.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.schema_changes import CHANGES, document

__all__ = ["answers", "questions"]

HERE = Path(__file__).parent
PYPI = "jsonsubschema==0.0.8"
_SECONDS = 900  # for an installation; a registry that says nothing for so long is not reached

Answers = Sequence[Sequence[bool | None]]


def questions() -> list[dict[str, Any]]:
    """The table as peers are asked: the two schemas, and documents with the change in a request alone and in a response alone."""
    return [
        {
            "schemas": [_alone(old), _alone(new)],
            "request": [_one_sided(old, "post"), _one_sided(new, "post")],
            "response": [_one_sided(old, "get"), _one_sided(new, "get")],
        }
        for _, old, new, _, _ in CHANGES
    ]


def answers() -> Iterator[tuple[str, Answers | str]]:
    """Each peer with what it says of each change in a request and in a response (None: nothing); or with why it could not be asked."""
    asked = json.dumps(questions())
    for name, installed, words in (
        ("packages of npm", _npm, ("node", "answers.mjs")),
        (PYPI, _pypi, ("venv/bin/python", str(HERE / "subsets.py"))),
    ):
        try:
            home = installed()
            program = home / words[0] if "/" in words[0] else words[0]
            told = subprocess.run(
                [program, *words[1:]], cwd=home, input=asked, capture_output=True, text=True, check=True, timeout=_SECONDS
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            yield name, f"could not be asked: {said[-1] if said else error}"
        else:
            yield from json.loads(told.stdout).items()


def _alone(schema: Any) -> Any:
    """A schema that needs no document around it."""
    if not (isinstance(schema, dict) and schema.keys() == {"Node"}):
        return schema
    here = json.loads(json.dumps(schema).replace("#/components/schemas/", "#/definitions/"))
    return {"$ref": "#/definitions/Node", "definitions": here}


def _one_sided(schema: Any, method: str) -> dict[str, Any]:
    made = document(schema)
    made["paths"]["/things"] = {method: made["paths"]["/things"][method]}
    return made


def _home(of: bytes) -> Path:
    """The folder for what is installed by these words."""
    home = Path(tempfile.gettempdir()) / f"yance-peers-{hashlib.sha256(of).hexdigest()[:12]}"
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def _npm() -> Path:
    lock = (HERE / "package-lock.json").read_bytes()
    home = _home(lock)
    for name in ("package.json", "package-lock.json", "answers.mjs"):
        shutil.copy(HERE / name, home)
    if not (home / "node_modules" / "openapi-diff").is_dir():
        words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(words, cwd=home, check=True, capture_output=True, text=True, timeout=_SECONDS)
    return home


def _pypi() -> Path:
    home = _home(PYPI.encode())
    if not (home / "venv" / "done").exists():
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", home / "venv"], check=True, capture_output=True, timeout=_SECONDS
        )
        words = [home / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", PYPI]
        subprocess.run(words, check=True, capture_output=True, text=True, timeout=_SECONDS)
        (home / "venv" / "done").touch()
    return home
