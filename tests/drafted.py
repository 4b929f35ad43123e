"""A draft of a test's own: the newest version of an interface with a few words of its files changed, as the next one, in a data folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from conformance.load import data_folders
from conformance.load.specs import versions

__all__ = ["drafted"]

Edits = Sequence[tuple[str, str]]


def drafted(folder: Path, domain: str, version: str, document: Edits = (), rows: Edits = ()) -> Path:
    """A data folder with a draft of a domain: in its document and in its rows, each text is put in the place of another, once. Both say the
    new version.
    """
    folders = data_folders()
    old = versions(folders, domain)[0]
    source = folders.find("specs", domain, old)
    assert source is not None
    made = folder / "specs" / domain / version
    made.mkdir(parents=True)
    shutil.copytree(source.parent.parent / "common", folder / "specs" / "common", dirs_exist_ok=True)
    for name, edits in (("openapi.yaml", document), ("requirements.yaml", rows)):
        text = (source / name).read_text(encoding="utf-8")
        text, count = re.subn(rf"^( *version: [\"']?){re.escape(old)}", rf"\g<1>{version}", text, count=1, flags=re.MULTILINE)
        assert count == 1, name
        for before, after in edits:
            assert before in text, before
            text = text.replace(before, after, 1)
        (made / name).write_text(text, encoding="utf-8")
    return folder
