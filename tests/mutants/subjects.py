"""The two servers that mutants are made of: their sources, and how one is put in the place of what is imported.

What is replaced stays replaced, so a mutant is imported in a process of its own that ends with it.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from conformance import reference
from conformance.adequacy import reference_ixit
from conformance.model import Credential, Ixit
from tests.mutants.budget import counting
from tests.mutants.rules import Mutant, mutants_of, mutated
from tests.second_transport import TOKENS

__all__ = ["SUBJECTS", "Subject"]


@dataclass(frozen=True)
class Subject:
    """A server: the modules that it is made of, those of them that hold behaviour and not data, and where it is to be reached."""

    name: str
    package: str
    behaviour: tuple[str, ...]
    data: tuple[str, ...]
    actors: Mapping[str, str]
    build: Callable[[Callable[[str], ModuleType], Callable[[], float]], Any]

    @property
    def ixit(self) -> Ixit:
        """What is needed to test it."""
        actors = {name: Credential("bearer", token) for name, token in self.actors.items()}
        return Ixit(f"http://{self.name}.example/v1", sandbox=True, actors=actors, limits=reference_ixit("transport").limits)

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of its modules."""
        return tuple(f"{self.package}.{name}" for name in (*self.behaviour, *self.data))

    @property
    def files(self) -> dict[str, str]:
        """The names of its modules of behaviour by their files."""
        return {str(_path(f"{self.package}.{name}")): f"{self.package}.{name}" for name in self.behaviour}

    @property
    def mutants(self) -> list[Mutant]:
        """Every mutant of its behaviour. What the documents leave open, its `choices`, is no fault whatever it is."""
        names = (f"{self.package}.{name}" for name in self.behaviour)
        return [one for name in names for one in mutants_of(name, source_of(name)) if "choices" not in one.before]

    def load(self, mutant: Mutant | None = None) -> Callable[[Callable[[], float]], Any]:
        """Import it anew in this process, with one mutant in it; what makes the server for a clock. Raises whatever its import does."""
        changed = {}
        if mutant:
            changed[mutant.module] = _code(mutant.module, mutated(source_of(mutant.module), mutant.number))
        for name in self.modules:
            sys.modules.pop(name, None)
        sys.meta_path.insert(0, _Finder({name: changed.get(name) or plain_code(name) for name in self.modules}))
        importlib.invalidate_caches()
        return lambda clock: self.build(lambda name: importlib.import_module(f"{self.package}.{name}"), clock)


@cache
def source_of(module: str) -> str:
    """The source of a module of the project."""
    return _path(module).read_text("utf-8")


@cache
def plain_code(module: str) -> CodeType:
    """The code of a module that counts its turns."""
    return _code(module, source_of(module))


def _code(module: str, source: str) -> CodeType:
    return compile(counting(source), str(_path(module)), "exec")


def _path(module: str) -> Path:
    return Path(__file__).parents[2].joinpath(*module.split(".")).with_suffix(".py")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives code for the names that it has."""

    def __init__(self, codes: Mapping[str, CodeType]) -> None:
        self._codes = codes

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        return importlib.util.spec_from_loader(name, self, origin=str(_path(name))) if name in self._codes else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._codes[module.__name__], vars(module))


def _reference(module: Callable[[str], ModuleType], clock: Callable[[], float]) -> Any:
    document = reference.server("transport").published_document
    return module("transport.server").TransportServer(clock=clock, base_path="/v1", document=document, ttl_seconds=5.0)


def _second(module: Callable[[str], ModuleType], clock: Callable[[], float]) -> Any:
    return module("application").SecondServer(clock)


SUBJECTS = {
    one.name: one
    for one in (
        Subject(
            "reference",
            "conformance.reference",
            (
                *(
                    "admission",
                    "answers",
                    "bodies",
                    "filtering",
                    "frame",
                    "house",
                    "instants",
                    "paging",
                    "problems",
                    "wire",
                    "writes",
                ),
                *(f"transport.{name}" for name in ("booking", "bookings", "filters", "live", "server", "views")),
            ),
            tuple(f"transport.{name}" for name in ("buses", "charging", "data", "parking", "places", "records", "seeds")),
            reference.credentials("transport"),
            _reference,
        ),
        Subject(
            "second",
            "tests.second_transport",
            (
                *("about", "application", "booking", "latitude", "open_data", "parameters", "problems"),
                *("storage", "times", "traversals", "wire_json"),
            ),
            ("islands",),
            TOKENS,
            _second,
        ),
    )
}
