"""What a command imports: whoever asks for little does not wait for what others need. Modules are counted, never seconds."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from conformance.office import Registry

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[1]
PACKAGES = ("attest", "evidence", "load", "office", "plan")  # whose names are looked up when they are asked for
HEAVY = frozenset(
    [
        "aiohttp",
        "alembic",
        "asyncio",
        "cryptography",
        "dask",
        "distributed",
        "httpx",
        "hypothesis",
        "jinja2",
        "joserfc",
        "jsonpath",
        "jsonschema",
        "jsonschema_rs",
        "markdown_it",
        "multiprocessing",
        "pkcs11",
        "psycopg",
        "rfc3161_client",
        "rich",
        "schemathesis",
        "securesystemslib",
        "sqlalchemy",
        "ssl",
        "starlette",
        "typst",
        "uvicorn",
        "yaml",
    ]
)
SCRIPT = """
import json, sys
from conformance.commands.main import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code or 0
sys.stdout.flush()
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules}), sum(name.startswith("conformance.") for name in sys.modules)]))
"""
VALIDATING = {"jsonschema_rs", "ssl"}  # what reads rows; ssl is read for a client's certificate
JUDGING = VALIDATING | {"asyncio", "multiprocessing"}
SIGNING = VALIDATING | {"cryptography", "pkcs11", "securesystemslib"}


def imported(*words: object, cache: Path | None = None) -> tuple[int, set[str], int]:
    """How a command ends, the heavy packages that it imports, and how many modules of ours."""
    environment = os.environ | ({"XDG_CACHE_HOME": str(cache)} if cache else {})
    command = [sys.executable, "-c", SCRIPT, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    code, names, ours = json.loads(done.stdout.splitlines()[-1])
    return code, HEAVY & set(names), ours


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry without certificates."""
    path = tmp_path_factory.mktemp("office") / "registry.sqlite"
    Registry.create(str(path), scheme="TW", uri="https://r.example").close()
    return path


@pytest.mark.parametrize(
    ("words", "code", "heavy", "most"),
    [
        (("--help",), 0, set(), 24),
        (("registry", "--help"), 0, set(), 40),
        (("registry", "list", "--registry", "REGISTRY"), 0, set(), 40),
        (("registry", "stats", "--registry", "REGISTRY"), 0, set(), 40),
        (("registry", "show", "TW-2026-00001", "--registry", "REGISTRY"), 2, set(), 40),
        (("verify", "--help"), 0, VALIDATING, 105),
        (("verify", "HOME/nothing", "--key", "HOME/one.pub.pem"), 2, SIGNING, 110),
        (("report", "HOME/run", "--out", "OUT"), 0, JUDGING | {"jinja2", "markdown_it"}, 280),
        (("judge", "HOME/run"), 3, JUDGING, 260),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_imports_what_it_needs(
    words: tuple[str, ...], code: int, heavy: set[str], most: int, registry: Path, home: Path, tmp_path: Path
) -> None:
    asked = [word.replace("REGISTRY", str(registry)).replace("HOME", str(home)).replace("OUT", str(tmp_path)) for word in words]
    imported(*asked)  # what is kept once it was made
    ended, found, ours = imported(*asked)
    assert (ended, found - heavy) == (code, set())
    assert ours <= most


def test_a_parser_is_imported_for_what_was_not_read_before(tmp_path: Path) -> None:
    words = ("explain", "nothing", "--domain", "transport")
    first, again = (imported(*words, cache=tmp_path) for _ in range(2))
    assert first[0] == again[0] == 2
    assert (first[1] - again[1], again[1] - first[1]) == ({"yaml"}, set())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_the_names_that_a_type_checker_finds(package: str) -> None:
    name = f"conformance.{package}"
    tree = ast.parse((ROOT / "conformance" / package / "__init__.py").read_text())
    (choice,) = (one for one in tree.body if isinstance(one, ast.If))
    told = {alias.name: one.module for one in choice.body if isinstance(one, ast.ImportFrom) for alias in one.names}
    (given,) = (one.value.args[1] for one in choice.orelse if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call))
    homes = {one: f"{name}.{module}" for module, names in ast.literal_eval(given).items() for one in names}
    assert homes == told
    found = import_module(name)
    assert set(found.__all__) == set(homes)
    for one, module in homes.items():
        assert getattr(found, one) is getattr(import_module(module), one)
        assert not (ROOT / "conformance" / package / f"{one}.py").exists(), "a module of this name would take its place"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        found.nothing  # noqa: B018
