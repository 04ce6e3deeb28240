"""The body of a posted event: a form with PHP's names, or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hub.bitrix24 import forms

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


class BodyUnreadable(ValueError):
    """The body is damaged or of a type that no portal sends; the text never quotes it."""


class TypeUnknown(BodyUnreadable):
    """It is of a type that no portal sends."""


def read_body(body: bytes, content_type: str) -> Mapping[str, Any]:
    """Read a body as nested data; without a type it is taken for a form.

    Raises:
        BodyUnreadable: it cannot be read.
    """
    if content_type in ("", _FORM):
        return _form(body)
    if content_type == _JSON:
        return _json(body)
    raise TypeUnknown(f"events are {_FORM} or {_JSON}")


def _form(body: bytes) -> Mapping[str, Any]:
    try:
        return forms.parse(body, max_bytes=len(body))
    except forms.FormError as exc:
        raise BodyUnreadable(str(exc)) from exc


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise BodyUnreadable("the body is no JSON") from exc
    if not isinstance(tree, Mapping):
        raise BodyUnreadable("the body is no JSON object")
    return tree
