"""JMESPath expressions: which part of a body is meant."""

from __future__ import annotations

from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, LexerError, ParseError

from hub_plugin_webhook.failures import BadMapping, MappingFailed

_LONGEST = 2000


class Expression:
    """A compiled expression; an empty one finds nothing."""

    def __init__(self, source: str) -> None:
        """Compile *source*.

        Raises:
            BadMapping: it is no JMESPath expression.
        """
        if len(source) > _LONGEST:
            raise BadMapping(f"is longer than {_LONGEST} characters")
        self._compiled = _compiled(source) if source.strip() else None

    def __bool__(self) -> bool:
        return self._compiled is not None

    def find(self, scope: dict[str, object]) -> Any:
        """Return what the expression finds in *scope*, ``None`` when there is nothing.

        Raises:
            MappingFailed: a function in it does not take what the body holds.
        """
        if self._compiled is None:
            return None
        try:
            return self._compiled.search(scope)
        except (JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as exc:
            raise MappingFailed("does not fit this body; a function in it got something else") from exc
        except RecursionError as exc:
            raise MappingFailed("the body is nested too deeply") from exc

    def holds(self, scope: dict[str, object]) -> bool:
        """Say whether it finds anything but ``false``, ``null`` and what is empty, as JMESPath itself decides."""
        found = self.find(scope)
        return found is not None and found is not False and found not in ("", [], {})


def _compiled(source: str) -> Any:
    try:
        return jmespath.compile(source)
    except (LexerError, ParseError) as exc:
        place: int | None = getattr(exc, "lex_position", None)
        where = f"near character {place + 1}" if place is not None and place < len(source) else "at its end"
        raise BadMapping(f"is not a JMESPath expression; look {where}") from exc
    except (JMESPathError, RecursionError) as exc:
        raise BadMapping("is not a JMESPath expression") from exc
