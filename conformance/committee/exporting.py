"""The requirements of a spec for other tools: as a table (CSV), and as ReqIF 1.2, which tools for requirements read.

A requirement is called by a URI, as OGC does: `…/req/<class>/<id>`, and its test `…/conf/<class>/<id>`, under the URI of the spec. In ReqIF
each conformance class is a chapter; attributes bear the names of the ReqIF implementation guide where it has one (`ReqIF.ForeignID`,
`ReqIF.ChapterName`, `ReqIF.Text`), so that a reader shows them as what they are.

Source: OMG Requirements Interchange Format 1.2; prostep ivip, ReqIF Implementation Guide; OGC 08-131r3 (The Specification Model).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from conformance.attest import spec_uri
from conformance.model import Profile, Requirement, Spec

__all__ = ["FIELDS", "reqif", "rows"]

FIELDS = (
    *("requirement", "level", "class", "requirementUri", "testUri", "text.en", "text.zh-Hant", "source"),
    *("check", "operations", "profiles", "untested.en", "untested.zh-Hant"),
)
_NAMESPACE = "http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"
_XHTML = "http://www.w3.org/1999/xhtml"
_TEXT, _CHAPTER = "ReqIF.Text", "ReqIF.ChapterName"
_NAMES: Mapping[str, str] = {"requirement": "ReqIF.ForeignID", "text.en": _TEXT}  # of fields that have a name of the guide's
_LONGEST = 32_000


def rows(spec: Spec, profiles: Sequence[Profile]) -> Iterator[Mapping[str, str]]:
    """The requirements as rows of a table, by `FIELDS`; several of a kind are parted by blanks."""
    for row in spec.requirements:
        binding = row.binding
        operations = set(binding.operations if binding else ())
        chosen = [one.id for one in profiles if row.conformance_class in one.classes and operations & {*one.operations}]
        yield {
            "requirement": row.id,
            "level": str(row.level),
            "class": row.conformance_class,
            "requirementUri": _uri(spec, "req", row),
            "testUri": _uri(spec, "conf", row) if binding else "",
            "text.en": row.text["en"],
            "text.zh-Hant": row.text["zh-Hant"],
            "source": row.source,
            "check": binding.check if binding else "",
            "operations": " ".join(binding.operations) if binding else "",
            "profiles": " ".join(chosen),
            "untested.en": (row.untested or {}).get("en", ""),
            "untested.zh-Hant": (row.untested or {}).get("zh-Hant", ""),
        }


def _uri(spec: Spec, kind: str, row: Requirement) -> str:
    return f"{spec_uri(spec.domain, spec.version)}/{kind}/{row.conformance_class}/{row.id}"


# ------------------------------------------------------------------------------------------ ReqIF


def reqif(spec: Spec, profiles: Sequence[Profile], when: datetime, title: str) -> bytes:
    """The requirements as ReqIF: a chapter for each conformance class. `when` is the time that the file states."""
    ET.register_namespace("", _NAMESPACE)
    ET.register_namespace("xhtml", _XHTML)
    changed = f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    root = ET.Element(f"{{{_NAMESPACE}}}REQ-IF")
    header = _in(_in(root, "THE-HEADER"), "REQ-IF-HEADER", IDENTIFIER=f"_{spec.domain}-{spec.version}")
    for name, text in (
        ("CREATION-TIME", changed),
        ("REQ-IF-TOOL-ID", "Yance"),
        ("REQ-IF-VERSION", "1.0"),
        ("SOURCE-TOOL-ID", "Yance"),
        ("TITLE", title),
    ):
        _in(header, name).text = text
    content = _in(_in(root, "CORE-CONTENT"), "REQ-IF-CONTENT")
    _types(content, changed)
    objects = _in(content, "SPEC-OBJECTS")
    document = _in(_in(content, "SPECIFICATIONS"), "SPECIFICATION", IDENTIFIER="_document", **_named(changed, title))
    _in(_in(document, "TYPE"), "SPECIFICATION-TYPE-REF").text = "_type-document"
    chapters = _in(document, "CHILDREN")
    table = list(rows(spec, profiles))
    for name, told in spec.classes.items():
        inside = [row for row in table if row["class"] == name]
        if inside:
            _object(objects, f"_class-{name}", changed, {_CHAPTER: told["en"], "class": name})
            below = _in(_placed(chapters, f"_class-{name}", changed), "CHILDREN")
            for row in inside:
                _object(objects, f"_{row['requirement']}", changed, {_NAMES.get(key, key): value for key, value in row.items()})
                _placed(below, f"_{row['requirement']}", changed)
    found: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return found + b"\n"


def _types(content: ET.Element, changed: str) -> None:
    """What values there are, and the attributes of a requirement or chapter."""
    kinds = _in(content, "DATATYPES")
    _in(kinds, "DATATYPE-DEFINITION-STRING", IDENTIFIER="_text", **{"MAX-LENGTH": str(_LONGEST)}, **_named(changed, "text"))
    _in(kinds, "DATATYPE-DEFINITION-XHTML", IDENTIFIER="_formatted", **_named(changed, "formatted text"))
    types = _in(content, "SPEC-TYPES")
    kind = _in(types, "SPEC-OBJECT-TYPE", IDENTIFIER="_type-requirement", **_named(changed, "requirement"))
    attributes = _in(kind, "SPEC-ATTRIBUTES")
    for name in (_CHAPTER, *(_NAMES.get(one, one) for one in FIELDS)):
        what, of = ("XHTML", "_formatted") if name == _TEXT else ("STRING", "_text")
        attribute = _in(attributes, f"ATTRIBUTE-DEFINITION-{what}", IDENTIFIER=_attribute(name), **_named(changed, name))
        _in(_in(attribute, "TYPE"), f"DATATYPE-DEFINITION-{what}-REF").text = of
    _in(types, "SPECIFICATION-TYPE", IDENTIFIER="_type-document", **_named(changed, "document"))


def _object(objects: ET.Element, identifier: str, changed: str, values: Mapping[str, str]) -> None:
    one = _in(objects, "SPEC-OBJECT", IDENTIFIER=identifier, **_named(changed, identifier[1:]))
    _in(_in(one, "TYPE"), "SPEC-OBJECT-TYPE-REF").text = "_type-requirement"
    inside = _in(one, "VALUES")
    for name, text in values.items():
        if not text:
            continue
        what = "XHTML" if name == _TEXT else "STRING"
        value = _in(inside, f"ATTRIBUTE-VALUE-{what}", **({} if name == _TEXT else {"THE-VALUE": text}))
        _in(_in(value, "DEFINITION"), f"ATTRIBUTE-DEFINITION-{what}-REF").text = _attribute(name)
        if name == _TEXT:
            ET.SubElement(_in(value, "THE-VALUE"), f"{{{_XHTML}}}div").text = text


def _placed(above: ET.Element, identifier: str, changed: str) -> ET.Element:
    """A place in the document for an object."""
    place = _in(above, "SPEC-HIERARCHY", IDENTIFIER=f"{identifier}-place", **{"LAST-CHANGE": changed})
    _in(_in(place, "OBJECT"), "SPEC-OBJECT-REF").text = identifier
    return place


def _attribute(name: str) -> str:
    return f"_attribute-{name}"


def _named(changed: str, name: str) -> dict[str, str]:
    return {"LAST-CHANGE": changed, "LONG-NAME": name}


def _in(above: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(above, f"{{{_NAMESPACE}}}{name}", attributes)
