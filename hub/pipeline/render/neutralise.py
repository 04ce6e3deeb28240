"""Disarming untrusted text: what the portal would read as markup becomes a look-alike that it does not.

BB code has no escape. The portal keeps text nearly raw and parses it when it is shown, and its parser
decodes HTML character references first. So characters are exchanged, one for one:

* ``[`` ``]`` become ``［`` ``］``: no tag can begin;
* ``&`` that begins a reference to one of ``[ ] < > & #`` or to a line end becomes ``＆``, with or
  without the semicolon; that also ends chains such as ``&amp;#91;``;
* ``>>`` at the beginning of a line (a quotation) becomes ``＞＞``, six or more ``-`` (a block of it)
  become ``–``;
* ``#BR#``, a line end for the portal, loses its first ``#`` to ``＃``.

Control, bidirectional and invisible characters go away, because they hide words or turn them around.
A zero-width joiner stays between two pictographs, where it makes one emoji of them; next to anything
else it could only hide something.
"""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_INVISIBLE = re.compile(
    "["
    r"\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad"  # controls, soft hyphen
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional
    r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u2060-\u2065\u206a-\u206f"  # zero width
    r"\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"  # tags
    "]"
)
_PICTOGRAPH = r"[\u2190-\u2bff\u3030\u303d\ufe0f\U0001f000-\U0001faff]"
_LOOSE_JOINER = re.compile(rf"(?<!{_PICTOGRAPH})\u200d|\u200d(?!{_PICTOGRAPH})")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

#: An ampersand that begins a character reference with a meaning; lenient decoders need no semicolon.
REFERENCE = re.compile(r"&(?=#[0-9x]|amp|[lg]t|[lr](?:brack|sqb)|(?:num|newline|tab);)", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\n(?: *\n){2,}")
_QUOTE = re.compile(r"^[^\S\n]*>{2,}", re.MULTILINE)
_RULER = re.compile(r"-{6,}")
_BREAK = re.compile(r"#(?=br#)", re.IGNORECASE)
_BRACKETS = str.maketrans("[]", "［］")


def neutralise(text: str, *, one_line: bool = False) -> str:
    """Return *text* as it can stand anywhere in a message; doing it twice changes nothing.

    Args:
        one_line: join lines and runs of spaces into one; otherwise at most one line in a row is empty.
    """
    text = _visible(text)
    text = re.sub(r"[ \n]+", " ", text) if one_line else _EMPTY_LINES.sub("\n\n", text)
    text = REFERENCE.sub("＆", text.translate(_BRACKETS))
    text = _RULER.sub(lambda found: "–" * len(found[0]), _BREAK.sub("＃", text))
    return _QUOTE.sub(lambda found: found[0].replace(">", "＞"), text)


def _visible(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text)).replace("\t", "    ")
    return _LOOSE_JOINER.sub("", _INVISIBLE.sub("", text))
