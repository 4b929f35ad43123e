"""zh-Hant all the way: no English word where a reader of Chinese reads, outside names; and no sentence of the code without a translation.

A word of a program (`limit`, `/items/0`, `yance.toml`, `--only`), a title of a document in English and what a server sent stay as they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from conformance import checks, reference
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.committee.rules import Rule, rules
from conformance.formats._reading import clauses
from conformance.load import data_folders, domain_names, load_profile, load_spec
from conformance.load.catalogue import LANGUAGES, finding_text, source_text
from conformance.load.sentences import placed, sentences, told
from conformance.model import Finding
from conformance.vendor.starting import Start, settings_text

PACKAGE = Path(__file__).parent.parent / "conformance"
WHERE = re.compile(r"\{[^{}]*\}")
CODE = re.compile(
    r"`[^`]*`|OpenAPI Specification, [\w\s]+|max-age / ETag|«[^»]*»|\"[^\"]*\"|'[^']*'|https?://\S+|\S*[/_#=*@]\S*|\S*\w\.\w\S*|--?[a-z][\w-]*|\$[A-Z_]+|\{[^}]*\}|\[[^\]]*\]|<[^>]*>"
)
NAMES = frozenset(  # of this suite, of HTTP and JSON, header fields, and words that messages write as such
    re.findall(
        r"[\w-]+",
        """
        yance Yance curl Dask Merkle Sigstore bundle keyid seed sandbox full random official transport health logistics mutual ext case
        Accept Allow Authorization Basic Bearer Big Content Date Deprecation If-Match If-None-Match Latin Link Location Origin
        Pointer Sunset Unicode Webhook webhook Windows Retry-After WWW-Authenticate Client Core client secret id xx null true false
        en zh-Hant gzip deflate zip tar apt-get fonts-noto-cjk apt fonts Debian overlay Overlay office Dask dask fsspec http https utf mb format title detail self challenge profile km ms
        components decayed direction end errors estimates grantee meta plate proceed responses spaces stale start date
        """,
    )
)
TITLES = re.compile(r"(?<=依據：).*")


def english(text: str) -> set[str]:
    """The English words of a text that are neither code nor names."""
    found = re.findall(r"[A-Za-z][A-Za-z-]*[A-Za-z]", CODE.sub(" ", text))
    plain = {word for word in found if not re.search(r"[A-Z].*[A-Z]|[a-z][A-Z]", word)}
    return {word for word in plain if not {word, *word.split("-")} & NAMES}


def commands() -> list[str]:
    found = [""]
    for name in main.list_commands(click.Context(main)):
        command = main.get_command(click.Context(main), name)
        found += [
            name,
            *(
                f"{name} {one}"
                for one in (command.list_commands(click.Context(command)) if isinstance(command, click.Group) else ())
            ),
        ]
    return found


COMMANDS = frozenset(word for words in commands() for word in words.split())


def yance(*arguments: object) -> str:
    """What a command prints, on both streams, in zh-Hant."""
    result = CliRunner().invoke(main, [*map(str, arguments), "--lang", "zh-Hant"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.mark.parametrize("words", commands())
def test_help_is_in_chinese(words: str) -> None:
    said = yance(*words.split(), "--help")
    prose = re.sub(r"範例：.*?\n\n|(?m:^用法：.*)|\[[^\]]*\]|\b[A-Z]{2,}\b|open-data", " ", said, flags=re.DOTALL)
    assert english(prose) <= COMMANDS
    assert said.startswith("用法：")
    assert "顯示本說明後結束。" in said


def every_parameter() -> Iterator[tuple[str, str]]:
    """Each command with each of its parameters, a command by itself with none."""

    def walked(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        yield name, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for one in command.list_commands(context):
                found = command.get_command(context, one)
                assert found is not None
                yield from walked(found, f"{name} {one}")

    for name, command in walked(main, "yance"):
        yield name, " ".join((command.help or "").split("\n\n")[0].split())
        for one in command.params:
            assert isinstance(one, click.Option | click.Argument)
            yield f"{name} {one.human_readable_name if isinstance(one, click.Argument) else one.opts[-1]}", one.help or ""


def test_every_command_option_and_argument_has_help_in_both_languages() -> None:
    found = list(every_parameter())
    assert len(found) > 350
    assert [name for name, said in found if not said.strip()] == []
    assert [name for name, said in found if not re.search(r"[\u4e00-\u9fff]", told(said, "zh-Hant"))] == []


def test_the_language_is_chosen_by_option_variable_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner()
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "YANCE_LANG"):
        monkeypatch.delenv(name, raising=False)
    assert runner.invoke(main, ["--help"]).output.startswith("Usage: yance")
    for environment in ({"LANG": "zh_TW.UTF-8"}, {"LC_ALL": "zh_HK"}, {"YANCE_LANG": "zh-Hant", "LANG": "en_GB.UTF-8"}):
        assert runner.invoke(main, ["run", "--help"], env=environment).output.startswith("用法：yance run")
    assert runner.invoke(main, ["--lang", "zh-Hant", "explain", "COM-PAGE-01"]).output.count("緣由：") == 1
    assert runner.invoke(main, ["explain", "COM-PAGE-01", "--lang=en"], env={"YANCE_LANG": "zh-Hant"}).output.count("Why:") == 1
    refused = runner.invoke(main, ["explain", "COM-PAGE-01"], env={"YANCE_LANG": "fr"})
    assert (refused.exit_code, "YANCE_LANG" in refused.output) == (2, True)


def test_lines_of_chinese_fill_the_room_and_begin_with_no_closing_mark() -> None:
    said = yance("sign", "--help")
    assert 70 < max(sum(1 + (char > "\u2e80") for char in line) for line in said.splitlines()) <= 80
    assert not re.search(r"^\s*[，。、；：）」]", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["runn"], "沒有指令 'runn'"),
        (["run", "--nope"], "沒有選項 '--nope'"),
        (["show"], "缺少引數 'RUN'"),
        (["show", "a", "b", "c"], "多出引數"),
        (["run", "--force=x"], "選項 '--force' 不帶值"),
        (["serve", "--port", "99999"], "'--port' 之值不正確：99999 不在範圍"),
        (["serve", "--port", "x"], "'x' 不是整數"),
        (["run", "--seed", "x"], "'x' 不是亂數種子"),
        (["init", "--ci", "jenkins"], "'jenkins' 不在可選值"),
        (["run"], "未指定受測目標"),
        (["run", "ftp://x"], "不是基底網址"),
        (["run", "transprt", "https://x.example/v1"], "沒有領域 'transprt'；是否為 'transport'？"),
        (["plan", "--profile", "opn-data"], "沒有驗測範疇 'opn-data'；是否為 'open-data'？"),
        (["plan", "--only", "COM-PAGE-99"], "沒有要求 'COM-PAGE-99'"),
        (["plan", "--data", "nowhere"], "--data nowhere：沒有此資料夾"),
        (["judge", "nowhere"], "沒有此檔案"),
        (["explain", "COM-PAGE-99"], "沒有要求 'COM-PAGE-99'"),
        (["serve", "nothing"], "沒有 'nothing' 之參考伺服器"),
        (["serve", "--fault", "Nothing"], "沒有植入錯誤 'Nothing'；相近名稱有"),
        (["verify", "nowhere"], "未信任任何金鑰"),
        (["verify", "nowhere", "--key", "nowhere.pem"], "無法讀取"),
        (["sign", "nowhere"], "沒有簽署用之金鑰"),
        (["baseline", "write", "nowhere", "--reason", " "], "--reason 為空"),
        (["preflight", "transport", "http://127.0.0.1:9/v1", "--profile", "open-data"], "連線遭拒；請啟動伺服器"),
    ],
)
def test_what_is_refused_is_refused_in_chinese(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output = yance(*words)
    assert said in output
    lines = [re.sub(r"^yance: ", "", line) for line in output.splitlines()]
    bare = re.sub(r"nowhere\S*|詳見 yance[\w ]*|已知：.*?）|相近名稱有 .*|\[target\] url", " ", "\n".join(lines))
    assert english(bare) <= {*words, "key", "new"}


@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        ("no reservation could be made: createReservation answered 401", "無法建立預約：createReservation 回應 401"),
        ("yance.toml:3: there is no key 'urk' here; did you mean 'url'?", "yance.toml:3: 此處沒有鍵 'urk'；是否為 'url'？"),
        ("409 or 422", "409 或 422"),
        ("given: create", "前置：建立"),
        ("its bytes, its bytes", "其位元組、其位元組"),
        ("what a vendor wrote: as it stands", "what a vendor wrote: as it stands"),
        ("no", "no"),
        ("Invalid value for '--x': 'a' is not one of 'b'.", "'--x' 之值不正確：'a' 不在可選值 'b' 之中。"),
    ],
)
def test_a_sentence_is_told_with_the_sentences_in_it_and_nothing_else_is_touched(said: str, chinese: str) -> None:
    assert told(said, "zh-Hant") == chinese
    assert told(said, "en") == said


@pytest.mark.parametrize(
    ("value", "shown"),
    [("none", "無"), ("held", "held"), ("first", "first"), ("no items", "沒有項目"), ("404 for /stops/x", "/stops/x 回應 404")],
)
def test_a_word_that_a_server_sent_is_shown_as_it_came(value: str, shown: str) -> None:
    text = finding_text({"x": {"en": "{actual}", "zh-Hant": "{actual}"}}, Finding("x", (1,), "", value))
    assert text == {"en": value, "zh-Hant": shown}


def test_sentences_keep_their_places() -> None:
    for said, chinese in sentences().items():
        places = re.findall(r"\{(\w+)(?:!t)?\}", chinese)
        assert set(re.findall(r"\{(\w+)\}", said)) == set(places), said
        assert len(places) == len(set(places)), said


# ------------------------------------------------------------------------------------------ nothing said without a translation

SINKS = re.compile(r"(?:Error|Unmet|wrong|_refused|Finding|ClickException|fail|Option)$")
SAID_TO_NOBODY = frozenset(("KeyError", "ValueError", "TypeError", "AttributeError", "RuntimeError"))
NOT_TOLD = ("reference", "pytest_plugin.py")  # servers beside the suite; pytest's own help


def spoken() -> Iterator[tuple[str, str]]:
    """Where the code hands a sentence to an error, a finding or a script's end; the sentence, with `{}` where a value stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] in NOT_TOLD:
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if SINKS.search(name) and name not in SAID_TO_NOBODY:
                given = call.args[2:4] if name == "Finding" else call.args
                values = [*given, *(one.value for one in call.keywords if one.arg in ("expected", "actual"))]
                yield from ((f"{path.name}:{call.lineno}", text) for value in values for text in _texts(value))


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from (text for branch in (value.body, value.orelse) for text in _texts(branch))
    elif isinstance(value, ast.BoolOp):
        yield from (text for branch in value.values for text in _texts(branch))
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in value.values)  # type: ignore[misc]


MEMBERS = (
    frozenset(  # of documents, tokens and settings, and names of algorithms and programs, that stand in sentences without a mark
        re.findall(
            r"[\w-]+",
            """
        Ed Swagger actors api authorities base basic bearer ecdsa ed effort elapsed exp headers holder iat install jsonschema keys lst module name
        oauth path paths pem pip pkcs plan postgresql predicate query ref required role sha subject timestamps ttl url zlib zstd
        """,
        )
    )
)
HINT = re.compile(r"(?<=[\w\]})])\{\}")  # what follows a word or a value at once says more where there is more to say


@pytest.mark.heavy
def test_every_sentence_that_code_says_has_a_translation() -> None:
    found = {(where, text) for where, text in spoken() if english(WHERE.sub(" ", text)) and " " in text.strip()}
    assert len(found) > 300
    assert {one: words for one in found if (words := min((remaining(one[1], *values) for values in VALUES), key=len))} == {}


VALUES = (("5", "5"), ("/5", "/5"), ("5", "/5"))  # in the first place of a sentence and in the others: counts, or paths


def remaining(text: str, first: str, others: str) -> set[str]:
    """The English words that are left of a sentence in Chinese, with values in its places."""
    said = WHERE.sub(others, WHERE.sub(first, HINT.sub("", text), count=1))
    return english(told(said, "zh-Hant")) - COMMANDS - MEMBERS


# ------------------------------------------------------------------------------------------ requirements, checks, a run


@pytest.mark.parametrize("name", checks.names())
def test_what_a_check_says_of_itself_is_there_in_chinese(name: str) -> None:
    about = checks.check(name).about
    prose = [line for line in about.strip().splitlines() if not line.startswith(" ")]
    assert prose[0].endswith("。")
    for part in ("緣由：", "不通過：", "無法判定：", "依據："):
        assert sum(line.startswith(part) for line in prose) == 1, part
    assert english("\n".join(line for line in prose if not line.startswith("依據："))) == set()
    named = set(re.findall(r"`([^`]+)`", checks.check(name).doc))
    assert set(re.findall(r"`([^`]+)`", about)) <= named


@pytest.mark.heavy
@pytest.mark.parametrize("domain", domain_names(data_folders()))
def test_explain_speaks_chinese_of_every_requirement(domain: str) -> None:
    for row in load_spec(data_folders(), domain).requirements:
        said = yance("explain", row.id, "--domain", domain)
        assert row.text["zh-Hant"] in said
        assert source_text(row.source, "zh-Hant") in said
        heard = "\n".join(
            line for line in TITLES.sub("", said).splitlines()[1:] if "驗測：" not in line and not line.startswith("     ")
        )
        assert english(heard) == set(), row.id


def test_sources_name_sections_as_the_document_does() -> None:
    """What a row says of the interface document is a heading of it, in both languages."""
    for domain in domain_names(data_folders()):
        spec = load_spec(data_folders(), domain)
        headings = re.findall(r"^## (\d+) (.+)$", Path(spec.source).read_text("utf-8").replace("    ##", "##"), re.MULTILINE)
        paired = {
            title: chinese
            for (number, title), (other, chinese) in zip(headings, headings[len(headings) // 2 :], strict=False)
            if number == other
        }
        for row in spec.requirements:
            for title in re.findall(r"[Ii]nterface document, ([^;]+)", row.source):
                if title in paired:
                    assert f"「{paired[title]}」" in source_text(row.source, "zh-Hant"), row.id


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_what_a_rule_finds_and_rests_on_is_told_in_chinese(rule: Rule) -> None:
    for _, said in rule.found(rule.violates):
        sentence = len(said.split()) > 2 and not re.search(
            r"(?:^|: )/\S*: |, at /|source ", said
        )  # not what a validator or a row says
        assert not sentence or told(said, "zh-Hant") != said
    named = [
        part
        for part in source_text(rule.source, "zh-Hant").split("；")
        if not re.match("RFC|OpenAPI|JSON|OWASP|Semantic|BCP", part)
    ]
    assert english("".join(named)) == set()


@pytest.mark.parametrize("domain", domain_names(data_folders()))
def test_clauses_are_called_by_their_titles_in_chinese(domain: str, tmp_path: Path) -> None:
    spec = load_spec(data_folders(), domain)
    titles = [clause.title for clause in clauses(spec)]
    assert len(titles) > 10
    yance("spec", "show", f"{domain}@{spec.version}", "--out", tmp_path / "shown.html")
    for page in (yance("spec", "coverage", domain, "--format", "html"), (tmp_path / "shown.html").read_text("utf-8")):
        for title in titles:
            assert title["zh-Hant"] in page
            assert not re.search(rf">{re.escape(title['en'])}<", page)


def names_in(value: object, key: str = "") -> Iterator[str]:
    """The names that a row gives to what it breaks, keeps and walks through."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from [name] if re.search("[a-z]{2} ", str(name)) else []
            yield from names_in(member, str(name))
    elif isinstance(value, list | tuple):
        for member in value:
            yield from names_in(member, key)
    elif key == "name" and isinstance(value, str):
        yield value


def test_where_a_finding_arose_is_told_by_its_row_in_chinese() -> None:
    named = {
        name
        for domain in domain_names(data_folders())
        for row in load_spec(data_folders(), domain).requirements
        if row.binding is not None
        for name in names_in(row.binding.arguments)
    }
    assert len(named) > 400
    assert {name for name in named if re.search(r"^[a-z]{2,}$|[a-z]{2} ", name) and placed(name, "zh-Hant") == name} == set()
    assert placed("a hold that lapses / lapsed", "zh-Hant") == "失效之占用 / 已失效"
    assert placed("/items/0/list", "zh-Hant") == "/items/0/list"


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What a part of a run says of a server that loses items and knows no idempotency key, and the run's folder."""
    folder = tmp_path_factory.mktemp("failing")
    profile, spec = load_profile(data_folders(), "transport", "reservation")
    with reference_server("transport", fault="DropsLastItemOfFullPage") as target:
        start = Start(spec, profile, target.url, "reference", "1.0.0", "Yance", reference.credentials("transport"))
        (folder / "yance.toml").write_text(settings_text(start, "en"), "utf-8")
        only = [word for row in ("COM-PAGE-01", "COM-IDEM-01", "TRN-030") for word in ("--only", row)]
        said = yance("run", "-c", folder / "yance.toml", *only, "--skip-preflight", "--out", folder / "run")
    return said, folder / "run"


@pytest.mark.heavy
def test_a_failing_run_is_told_in_chinese(failing: tuple[str, Path]) -> None:
    said, out = failing
    assert "不通過" in said
    for text in (said, yance("judge", out), yance("show", out, 1).split("\n\n")[0], yance("compare", out, out)):
        assert english(re.sub(r"\S*failing\S*|\b[a-z]+-[0-9a-f]{6,}|\\u[0-9a-f]{4}|yance explain", " ", text)) == set()


def test_every_language_has_every_sentence() -> None:
    assert LANGUAGES == ("en", "zh-Hant")
    assert all(
        re.search(r"[\u4e00-\u9fff]", chinese) or chinese in ("gzip", "JSON") or WHERE.search(chinese)
        for chinese in sentences().values()
    )
