"""Data files are read strictly: each mistake ends in one line that names file, line and the nearest right name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from conformance.errors import DataError, UsageError
from conformance.interface.bundling import bundle
from conformance.interface.schema import errors, openapi_errors
from conformance.load import data_folders, load_profile, load_settings, load_spec, profile_names
from conformance.load.data import own_folder
from conformance.load.documents import read_document
from conformance.load.specs import _load

OPENAPI = """\
openapi: 3.1.0
info: {title: Toys, version: 1.0.0}
paths:
  /toys:
    get:
      operationId: listToys
      x-collection: {items: /items, id: [/id]}
      parameters:
        - {name: limit, in: query, schema: {type: integer}, x-paging: limit}
      responses:
        '200': {description: ok}
"""
ROW = """\
  - id: TOY-001
    level: MUST
    class: core
    oracle: cross-page
    text: {en: Pages cover all., zh-Hant: 分頁涵蓋全部。}
    source: the toy rules
    remedy: {en: Mend it., zh-Hant: 修正之。}
    check: pages_cover_every_item_once
    operations: [listToys]
"""
ROWS = "interface: toys\nversion: 1.0.0\nclasses:\n  core: {en: Core, zh-Hant: 核心}\nrequirements:\n" + ROW
PROFILE = """\
profile: full
version: 1.0.0
spec: toys/1.0.0
title: {en: All, zh-Hant: 全部}
classes: [core]
operations: all
"""


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    (tmp_path / "specs/toys/1.0.0").mkdir(parents=True)
    (tmp_path / "profiles/toys").mkdir(parents=True)
    (tmp_path / "specs/toys/1.0.0/openapi.yaml").write_text(OPENAPI)
    (tmp_path / "specs/toys/1.0.0/requirements.yaml").write_text(ROWS)
    (tmp_path / "profiles/toys/full.yaml").write_text(PROFILE)
    return tmp_path


def test_a_folder_of_the_same_shape_is_a_domain_like_any_other(toys: Path) -> None:
    profile, spec = load_profile(data_folders([toys]), "toys")
    assert profile.operations == ("listToys",)
    row = spec.requirement("TOY-001")
    assert row is not None
    assert row.binding is not None
    assert row.binding.operations == ("listToys",)
    assert row.where == "toys/1.0.0/requirements.yaml:6"


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "says"),
    [
        ("specs/toys/1.0.0/requirements.yaml", "    level: MUST", "    levle: MUST", 7, "did you mean 'level'"),
        ("specs/toys/1.0.0/requirements.yaml", "pages_cover_every_item_once", "pages_cover_every_itm_once", 13, "did you mean"),
        ("specs/toys/1.0.0/requirements.yaml", "[listToys]", "[listToy]", 14, "did you mean 'listToys'"),
        ("specs/toys/1.0.0/requirements.yaml", "[listToys]", "{where: [collectoin]}", 14, "did you mean 'collection'"),
        ("specs/toys/1.0.0/requirements.yaml", "    class: core", "    class: cor", 8, "did you mean 'core'"),
        ("specs/toys/1.0.0/requirements.yaml", "    check:", "    with: {limit: [1]}\n    check:", 13, "did you mean 'limits'"),
        ("specs/toys/1.0.0/requirements.yaml", "level: MUST", "level: MUTS", 7, "MUST"),
        ("specs/toys/1.0.0/requirements.yaml", "    level: MUST", "    level: MUST\n    level: MUST", 8, "twice"),
        ("specs/toys/1.0.0/requirements.yaml", "classes:", "classes: [", 0, "not readable YAML"),
        (
            "specs/toys/1.0.0/requirements.yaml",
            "    check:",
            "    with: {limits: 1}\n    check:",
            13,
            "limits of check pages_cover_every_item_once is a list, got 1",
        ),
        ("specs/toys/1.0.0/requirements.yaml", "classes:", "? [a]\n: b\nclasses:", 3, "a key must be plain text"),
        ("specs/toys/1.0.0/requirements.yaml", "classes:", "also: &a [*a]\nclasses:", 3, "an alias holds itself"),
        ("specs/toys/1.0.0/requirements.yaml", "level: MUST", "level: !must MUST", 7, "with the tag '!must' is not read"),
        ("specs/toys/1.0.0/requirements.yaml", "  - id", "\t- id", 6, "not readable YAML"),
        ("specs/toys/1.0.0/requirements.yaml", "{en: Mend it., zh-Hant: 修正之。}", "{}", 12, "/remedy"),
        ("specs/toys/1.0.0/requirements.yaml", ", zh-Hant: 修正之。", ", zh: 修正之。", 12, "known here: en, zh-Hant"),
        ("profiles/toys/full.yaml", "profile: full", "profil: full", 1, "did you mean 'profile'"),
        ("profiles/toys/full.yaml", "profile: full", "profile: fool", 1, "like the name of the file"),
        ("profiles/toys/full.yaml", "operations: all", "operations: all\ndecision: most-pass", 7, "every-must-passes"),
        ("profiles/toys/full.yaml", "classes: [core]", "classes: [core, core]", 5, "non-unique"),
        ("specs/toys/1.0.0/requirements.yaml", "[listToys]", "[listToys, listToys]", 14, "a list of operationIds, each once"),
        ("specs/toys/1.0.0/requirements.yaml", "cross-page", "crosspage", 9, "did you mean 'cross-page'"),
        ("profiles/toys/full.yaml", "classes: [core]", "classes: [kore]", 5, "did you mean 'core'"),
        ("profiles/toys/full.yaml", "operations: all", "operations: [listTois]", 6, "did you mean 'listToys'"),
        ("profiles/toys/full.yaml", "operations: all", "operations: {except: [listTois]}", 6, "did you mean 'listToys'"),
        ("profiles/toys/full.yaml", "operations: all", "operations: {except: [listToys]}", 6, "leaves out every operation"),
        ("profiles/toys/full.yaml", "operations: all", "operations: all\nparameters: {TOY-01: {}}", 7, "did you mean 'TOY-001'"),
        ("profiles/toys/full.yaml", "operations: all", "operations: all\nparameters: {TOY-001: {limit: [1]}}", 0, "limits"),
    ],
)
def test_a_mistake_names_file_line_and_nearest_name(toys: Path, file: str, old: str, new: str, line: int, says: str) -> None:
    path = toys / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DataError) as caught:
        load_profile(data_folders([toys]), "toys")
    assert path.name in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    if line:
        assert caught.value.line == line


def test_a_schema_that_no_validator_can_use_is_said_before_anything_is_drawn(toys: Path) -> None:
    path = toys / "specs/toys/1.0.0/openapi.yaml"
    broken = "{description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}"
    schemas = (
        "components:\n  schemas:\n    Toy:\n      type: object\n      properties:\n        id: {pattern: '(?<a>x)\\g<a>('}\n"
    )
    path.write_text(OPENAPI.replace("{description: ok}", broken) + schemas)
    with pytest.raises(DataError, match="listToys has a schema that cannot be used") as caught:
        load_profile(data_folders([toys]), "toys")
    assert caught.value.line == 17
    assert "leave the operation out of the profile" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    for name in ("specs", "profiles"):
        shutil.copytree(own_folder() / name, folder / name)
    return folder


def test_a_member_that_is_named_and_not_pointed_at_is_refused(own: Path) -> None:
    path = own / "specs/common/1.0.0/requirements.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("with: {member: /note}") == 1
    path.write_text(text.replace("with: {member: /note}", "with: {member: note}"), encoding="utf-8")
    try:
        with pytest.raises(DataError, match="'note' is no JSON Pointer; did you mean '/note'") as caught:
            load_spec(data_folders([own]), "transport")
    finally:
        path.write_text(text, encoding="utf-8")
    assert caught.value.line == text[: text.index("with: {member: /note}")].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    create: createReservation", "    create: createReservatoin", "did you mean 'createReservation'"),
        ("    list: listReservations", "    list: listReservation", "did you mean 'listReservations'"),
        (
            "find: {operation: listEvConnectors, where",
            "find: {operation: listEvConnector, where",
            "did you mean 'listEvConnectors'",
        ),
        ("{now: 600, slot: true}", "{now: 600, slto: true}", "did you mean 'slot'"),
        ("{unique: holder}", "{uniqe: holder}", "did you mean 'unique'"),
        ("          targetType: EV_CONNECTOR", "          targetTyp: EV_CONNECTOR", "did you mean 'targetType'"),
        (
            '"#/components/schemas/Reservation"',
            '"#/components/schemas/Reservatoin"',
            "did you mean '#/components/schemas/Reservation'",
        ),
        ("    state: /state", "    state: /stat", "no x-state-machine at /stat"),
        ("cleanup: {from: [PENDING, ", "cleanup: {from: [PENDIN, ", "did you mean 'PENDING'"),
        ("with: {target: getStop,", "with: {target: getStopp,", "did you mean 'getStop'"),
        ("{parameters: [minPowerKw]", "{parameters: [minPowerKW]", "did you mean 'minPowerKw'"),
        ("{by: routeUid, again: stopUid}", "{by: routeUid, again: stopId}", "did you mean 'stopUid'"),
        ("parameters: {carParkUid: /carParkUid}}", "parameters: {carParkId: /carParkUid}}", "did you mean 'carParkUid'"),
        ("{candidate: EV connector, state: CONF", "{candidate: EV conector, state: CONF", "did you mean 'EV connector'"),
        ("EV connector, state: CONFIRMED, p", "EV connector, state: CONFIRMD, p", "did you mean 'CONFIRMED'"),
        ("resource: reservation", "resource: reservatoin", "did you mean 'reservation'"),
        ("with: {ignore: [", "with: {ingore: [", "did you mean 'ignore'"),
        ("rules: [{sum: /spaces", "rules: [{summ: /spaces", "did you mean 'sum'"),
        ("          means: ", "          meens: ", "did you mean 'means'"),
        (
            "{at: /availableSpaces,",
            "{at: availableSpaces,",
            "'availableSpaces' is no JSON Pointer; did you mean '/availableSpaces'?",
        ),
        ("{found: /connectorUid}", "{found: connectorUid}", "did you mean '/connectorUid'"),
        ("take: /spaceType}", "take: spaceType}", "did you mean '/spaceType'"),
        ("where: {/availableSpaces:", "where: {availableSpaces:", "did you mean '/availableSpaces'"),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused_with_its_line(own: Path, old: str, new: str, says: str) -> None:
    path = own / "specs/transport/1.0.0/requirements.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        with pytest.raises(DataError, match=re.escape(says)) as caught:
            load_spec(data_folders([own]), "transport")
    finally:
        path.write_text(text, encoding="utf-8")
        _load.cache_clear()
    assert caught.value.line == text[: text.index(old)].count("\n") + 1


def test_a_requirement_id_is_used_once(toys: Path) -> None:
    path = toys / "specs/toys/1.0.0/requirements.yaml"
    path.write_text(ROWS + ROW)
    with pytest.raises(DataError, match="TOY-001 is used twice"):
        load_spec(data_folders([toys]), "toys")


def test_unknown_names_name_the_nearest_and_the_known(toys: Path) -> None:
    folders = data_folders([toys])
    with pytest.raises(UsageError, match="did you mean 'toys'"):
        load_spec(folders, "toy")
    with pytest.raises(UsageError, match=r"known: 1\.0\.0"):
        load_spec(folders, "toys", "2.0.0")
    with pytest.raises(UsageError, match="did you mean 'full'"):
        load_profile(folders, "toys", "ful")
    assert profile_names(folders, "toys") == ["full"]


def test_a_data_folder_has_the_shape(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        data_folders([tmp_path / "nowhere"])
    with pytest.raises(UsageError, match="neither specs/ nor profiles/"):
        data_folders([tmp_path])


SETTINGS = """\
[solution]
id = "acme"
version = "2.1"

[target]
url = "https://api.example/v1/"
sandbox = true

[limits]
rate = 5

[actors.a]
token = "env:YANCE_TEST_TOKEN"

[actors.b]
apiKey = "k"
name = "X-Key"

[seed]
stopUid = ["TPE1", "TPE2"]
getStop.stopUid = ["TPE3"]
"""


def test_settings_are_ics_and_ixit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANCE_TEST_TOKEN", "s3cret")
    path = tmp_path / "yance.toml"
    path.write_text(SETTINGS)
    settings = load_settings(data_folders(), path)
    assert settings.ixit.base_url == "https://api.example/v1"
    assert settings.ixit.actors["a"].value == "s3cret"
    assert "s3cret" not in repr(settings)
    assert settings.ixit.actors["b"].name == "X-Key"
    assert settings.ixit.limits.rate == 5
    assert settings.ixit.seeds == {"stopUid": ("TPE1", "TPE2"), "stopUid of getStop": ("TPE3",)}
    assert settings.ics.solution_id == "acme"


def test_an_actor_may_have_several_credentials_and_each_says_where_it_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YANCE_TEST_TOKEN", "s3cret")
    (tmp_path / "key.txt").write_bytes(b"k3y\r\n")
    path = tmp_path / "yance.toml"
    more = 'apiKey = "file:key.txt"\n[actors.a.schemes.other]\napiKey = "in the file"\n[actors.a.schemes.client]\nclientId = "c"\nclientSecret = "s"\n'
    path.write_text(SETTINGS.replace("\n[actors.b]", more + "\n[actors.b]"))
    held = load_settings(data_folders(), path).ixit.actors["a"].every
    assert [(one.kind, one.value, one.scheme, one.source) for one in held] == [
        ("api-key", "k3y", "", "file:key.txt"),
        ("bearer", "s3cret", "", "env:YANCE_TEST_TOKEN"),
        ("api-key", "in the file", "other", "actors.a.schemes.other.apiKey in yance.toml"),
        ("oauth2", "s", "client", "actors.a.schemes.client.clientSecret in yance.toml"),
    ]


def test_header_fields_for_every_request_are_settings_and_those_that_are_named_are_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YANCE_TEST_TOKEN", "s3cret")
    path = tmp_path / "yance.toml"
    given = 'sandbox = true\nheaders = {User-Agent = "Mozilla/5.0", X-Gate = "env:YANCE_TEST_TOKEN"}'
    path.write_text(SETTINGS.replace("sandbox = true", given))
    ixit = load_settings(data_folders(), path).ixit
    assert ixit.headers == (("User-Agent", "Mozilla/5.0"), ("X-Gate", "s3cret"))
    assert ixit.secrets == {"header X-Gate": "s3cret"}


@pytest.mark.parametrize("start", ["\ufeff", "\u200b", "\u2060"])
def test_a_secret_with_a_character_that_nobody_sees_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    path = tmp_path / "yance.toml"
    path.write_text(SETTINGS)
    monkeypatch.setenv("YANCE_TEST_TOKEN", start + "s3cret")
    with pytest.raises(UsageError, match="environment variable YANCE_TEST_TOKEN has an invisible character") as caught:
        load_settings(data_folders(), path)
    assert "s3cret" not in str(caught.value)
    path.write_text(SETTINGS.replace("env:YANCE_TEST_TOKEN", "file:token.txt"))
    (tmp_path / "token.txt").write_text(start + "s3cret\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"token.txt has an invisible character"):
        load_settings(data_folders(), path)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("sandbox = true", "sandobx = true", 7, "did you mean 'sandbox'"),
        ("[target]", "[tarjet]", 5, "did you mean 'target'"),
        ("rate = 5", 'rate = "5"', 10, "rate"),
        ("https://api.example/v1/", "api.example/v1", 0, "not a base URL"),
        ("https://api.example/v1/", "https://api.example:port/v1", 0, "not a base URL"),
        ('"env:YANCE_TEST_TOKEN"', '"env:YANCE_TEST_ABSENT"', 13, "YANCE_TEST_ABSENT is not set"),
        ('token = "env:YANCE_TEST_TOKEN"', 'scopes = "x"', 12, "has no credentials"),
        ("[limits]", "[limits", 9, "not readable TOML"),
        ("[actors.b]", "[actor.b]", 15, "did you mean 'actors'"),
        ('token = "env:YANCE_TEST_TOKEN"', 'token = "t"\nuser = "u"', 14, "token and user would go into one header"),
        ('token = "env:YANCE_TEST_TOKEN"', 'clientId = "c"', 13, "clientId needs clientSecret"),
        ('apiKey = "k"', 'apiKey = "k\\u200b"', 16, "(U+200B, zero width space) as its character 2"),
        ('apiKey = "k"', 'apiKey = "k\\u00a0k"', 16, "(U+00A0, no-break space)"),
        ('apiKey = "k"', 'schemes = {k = {scopes = "x"}}', 16, "the scheme 'k' has no credentials"),
        ("sandbox = true", 'headers = {Authorization = "x"}', 7, "credentials belong under [actors.a]"),
        ("sandbox = true", 'headers = {"X Y" = "x"}', 7, "X Y"),
    ],
)
def test_a_mistake_in_the_settings_names_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, line: int, says: str
) -> None:
    monkeypatch.setenv("YANCE_TEST_TOKEN", "s3cret")
    path = tmp_path / "yance.toml"
    path.write_text(SETTINGS.replace(old, new))
    with pytest.raises(UsageError, match=re.escape(says)) as caught:
        load_settings(data_folders(), path)
    if line:
        assert isinstance(caught.value, DataError)
        assert caught.value.line == line


def test_missing_files_and_folders_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_settings(data_folders(), tmp_path / "yance.toml")
    with pytest.raises(UsageError, match="a file was expected"):
        load_settings(data_folders(), tmp_path)
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_document(tmp_path / "x.yaml")


def test_yaml_is_read_by_the_core_schema(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: no\nb: 2026-01-01\nc: 1.5\nd: ~\ne: 0x1F\nf: [true, 12]\n")
    assert read_document(path).content == {"a": "no", "b": "2026-01-01", "c": 1.5, "d": None, "e": 31, "f": [True, 12]}


def test_bundling_pulls_components() -> None:
    other = {"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"type": "string"}}}}
    main = {"openapi": "3.1.0", "paths": {"/x": {"get": {"a": {"$ref": "common.yaml#/components/schemas/A"}}}}}
    bundled = bundle(main, lambda _: other, file="x")
    assert bundled["components"]["schemas"] == {"A": {"$ref": "#/components/schemas/B"}, "B": {"type": "string"}}
    assert bundled["paths"]["/x"]["get"]["a"] == {"$ref": "#/components/schemas/A"}
    with pytest.raises(DataError, match="leads nowhere"):
        bundle({"a": {"$ref": "c.yaml#/components/schemas/Z"}}, lambda _: other, file="x")


@pytest.mark.parametrize("domain", ["transport"])
def test_the_bundled_spec_is_self_contained_and_meta_valid(domain: str) -> None:
    spec = load_spec(data_folders(), domain)
    assert openapi_errors(spec.document) == []
    assert all(ref.startswith("#/") for ref in _refs(spec.document))


def test_our_own_schemas_are_schemas() -> None:
    folders = data_folders()
    for name in ("requirements", "profile", "yance"):
        assert errors({"$ref": "https://json-schema.org/draft/2020-12/schema"}, folders.schema(name)) == []


def _refs(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for member in node.values() for ref in _refs(member)]
    return [ref for member in node for ref in _refs(member)] if isinstance(node, list) else []


def test_a_folder_of_ones_own_may_speak_one_language(toys: Path) -> None:
    rows, profile = toys / "specs/toys/1.0.0/requirements.yaml", toys / "profiles/toys/full.yaml"
    rows.write_text(rows.read_text().replace(", zh-Hant: 修正之。", "").replace("{en: Core, zh-Hant: 核心}", "{zh-Hant: 核心}"))
    profile.write_text(profile.read_text().replace(", zh-Hant: 全部", ""))
    found, spec = load_profile(data_folders([toys]), "toys")
    assert spec.requirements[0].remedy == {"en": "Mend it.", "zh-Hant": "Mend it."}
    assert spec.classes["core"] == {"en": "核心", "zh-Hant": "核心"}
    assert found.title["zh-Hant"] == found.title["en"] == "All"
