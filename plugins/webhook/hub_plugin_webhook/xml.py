"""XML bodies as mappings; no DOCTYPE, so no entities and nothing to fetch."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from hub.plugin import InvalidPayload

_MOST_ELEMENTS = 10_000
_DEEPEST = 50


def read_xml(body: bytes) -> dict[str, Any]:
    """Return the document as ``{root: value}``.

    An element with nothing but text is that text. Any other is a mapping: children by name (a list where a name is
    repeated), attributes as ``@name``, text beside them as ``#text``. Namespaces are left out.

    Raises:
        InvalidPayload: not well-formed, with a DOCTYPE, or far too large or deep.
    """
    depth = count = 0
    root: Element | None = None
    try:
        for event, element in iterparse(BytesIO(body), events=("start", "end"), forbid_dtd=True):
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            depth, count = depth + 1, count + 1
            if depth > _DEEPEST or count > _MOST_ELEMENTS:
                raise InvalidPayload("the XML is too large or nested too deeply")
    except DefusedXmlException as exc:
        raise InvalidPayload("the XML has a DOCTYPE or entities, which are not read") from exc
    except (ParseError, LookupError, ValueError) as exc:
        raise InvalidPayload("the body is not well-formed XML") from exc
    if root is None:
        raise InvalidPayload("the body is empty")
    return {_name(root.tag): _value(root)}


def _value(element: Element) -> Any:
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text
    found: dict[str, Any] = {f"@{_name(key)}": value for key, value in element.attrib.items()}
    if text:
        found["#text"] = text
    for child in element:
        name, value = _name(child.tag), _value(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _name(tag: object) -> str:
    return str(tag).rpartition("}")[2]
