"""Words as they are stored, read back."""

from __future__ import annotations

from pydantic import JsonValue, TypeAdapter, ValidationError

from hub.plugin import Words

_WORDS: TypeAdapter[Words] = TypeAdapter(Words)


def words_of(stored: JsonValue) -> Words:
    """Return the words; what another version has stored, and this one cannot read, as it stands there."""
    try:
        return _WORDS.validate_python(stored)
    except ValidationError:
        return str(stored)
