"""What is kept in the user's cache folder: the same as was made, and nothing of anybody else's."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import pytest

from conformance.formats._templates import environment
from conformance.load import kept
from conformance.load.documents import read_document
from conformance.load.kept import is_own, keep, own_folder, private_folder, read_once, recalled
from conformance.load.yaml12 import read_yaml

OWN = own_folder()
TEXT = "a: [1, 2.5, '010', ~, true, 123456789012345678901234567890]\nb: {é: \"\\u2028\"}\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder in which nothing is kept yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "yance"


@pytest.mark.parametrize(
    "text", [TEXT, *((OWN / name).read_text() for name in ("reports/labels.yaml", "specs/transport/1.0.0/requirements.yaml"))]
)
def test_what_was_read_before_is_what_is_read(text: str, root: Path) -> None:
    first, again = read_once(text, "one.yaml"), read_once(text, "one.yaml")
    assert first == again == read_yaml(text, "one.yaml")
    assert json.dumps(again) == json.dumps(first)  # in the same order, and `1` is not `1.0`
    assert len(list((root / "read").iterdir())) == 1
    assert read_once(text + "\n# another text", "one.yaml") == first
    assert len(list((root / "read").iterdir())) == 2


def test_what_is_kept_is_read_in_place_of_the_file_and_only_what_was_written(root: Path) -> None:
    read_once(TEXT, "one.yaml")
    (file,) = (root / "read").iterdir()
    whole = file.read_bytes()
    made_from = kept._READER.read_bytes() + b"\0" + TEXT.encode()
    keep("read", made_from, json.dumps([{"a": 1}, {}]).encode())
    assert read_once(TEXT, "one.yaml") == ({"a": 1}, {}), "nothing else would show that it is read"
    for spoilt in (whole[:-1], whole.replace(b"2.5", b"2.6"), b"", b"\n", b"\xff" * 100):
        file.write_bytes(spoilt)
        assert read_once(TEXT, "one.yaml") == read_yaml(TEXT, "one.yaml")
        assert file.read_bytes() == whole, "what was spoilt is written anew"


@pytest.mark.parametrize("how", ["open to all", "a link", "a file"])
def test_in_a_folder_that_is_not_the_users_alone_nothing_is_kept_or_found(how: str, root: Path, tmp_path: Path) -> None:
    keep("read", b"x", b"what was kept")
    assert recalled("read", b"x") == b"what was kept"
    if how == "open to all":
        (root / "read").chmod(0o750)
    else:
        (root / "read").rename(tmp_path / "elsewhere")
        (root / "read").symlink_to(tmp_path / "elsewhere") if how == "a link" else (root / "read").write_text("")
    assert private_folder("read") is None
    assert recalled("read", b"x") is None
    keep("read", b"y", b"z")
    here = tmp_path / "elsewhere" if how != "open to all" else root / "read"
    assert len(list(here.iterdir())) == 1


def test_a_folder_is_made_for_the_user_alone(root: Path) -> None:
    keep("read", b"x", b"y")
    (file,) = (root / "read").iterdir()
    assert [one.stat().st_mode & 0o777 for one in (root, root / "read", file)] == [0o700, 0o700, 0o600]


def test_where_nothing_can_be_written_all_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert read_once(TEXT, "one.yaml") == read_yaml(TEXT, "one.yaml")


def test_old_files_go(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST", 10)
    for number in range(25):
        keep("read", str(number).encode(), b"")
    assert len(list((root / "read").iterdir())) <= 10
    assert recalled("read", b"24") == b""


def test_only_what_the_suite_brings_is_kept(root: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "specs" / "mine" / "1.0.0" / "openapi.yaml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("a: 1\n")
    assert read_document(theirs).content == {"a": 1}
    assert not (root / "read").exists()
    assert [is_own(path) for path in (theirs, OWN / "reports" / "messages.yaml", OWN / "README.md")] == [False, True, False]


def filled(folder: Path, text: str) -> str:
    (folder / "page.j2").write_text(text)
    return environment(folder).get_template("page.j2").render(name="<b>")


def test_a_page_is_filled_alike_by_a_template_that_was_compiled_before(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = filled(tmp_path, "one {{ name }}")
    assert len(list((root / "pages").iterdir())) == 1
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_, **__: pytest.fail("it was compiled before"))
    assert filled(tmp_path, "one {{ name }}") == first == "one &lt;b&gt;"
    with pytest.raises(pytest.fail.Exception, match="compiled before"):
        filled(tmp_path, "two {{ name }}")


def test_a_compiled_template_that_was_changed_is_none(root: Path, tmp_path: Path) -> None:
    assert filled(tmp_path, "one {{ name }}") == "one &lt;b&gt;"
    (file,) = (root / "pages").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"one ", b"two "))
    assert filled(tmp_path, "one {{ name }}") == "one &lt;b&gt;"
    assert file.read_bytes() == whole
