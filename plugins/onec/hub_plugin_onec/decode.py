"""From the bytes of a call to JSON, in whatever encoding 1C wrote them."""

from __future__ import annotations

import codecs
import json
from typing import Any, NoReturn

from hub.plugin import InboundRequest, InvalidPayload

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: What a declared charset may be; any other is not worth a look-up by a sender's word.
_CHARSETS = {"windows-1251": "cp1251", "cp1251": "cp1251", "utf-16": "utf-16", "koi8-r": "koi8-r"}


def read(request: InboundRequest) -> Any:
    """Return the body: by its mark, else UTF-8, else the declared charset, else windows-1251.

    Raises:
        InvalidPayload: not JSON; the text says where, for whoever wrote the 1C code.
    """
    text = _text(request.body, _declared(request))
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as exc:
        where = f"line {exc.lineno}, column {exc.colno}"
        raise InvalidPayload(f"the body is not valid JSON, look at {where}") from exc
    except (ValueError, RecursionError) as exc:
        raise InvalidPayload("the body is not valid JSON") from exc


def _text(body: bytes, declared: str) -> str:
    marked = next((name for mark, name in _MARKS if body.startswith(mark)), "")
    for encoding in (marked,) if marked else ("utf-8", declared, "cp1251"):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise InvalidPayload("the body is in no encoding that 1C writes; send UTF-8")


def _declared(request: InboundRequest) -> str:
    said = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    return _CHARSETS.get(said.lower().rpartition("charset=")[2].strip(' "'), "cp1251")


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")
