"""Text as data: message ids with typed values, never markup.

A plain ``str`` is untrusted and always shown literally. A :class:`Text` is a message id with values
that are translated and formatted for each reader when the message is rendered. Both can be stored as
JSON. Plugins never write BB code.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from string import Formatter
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Number(_Value):
    """A number in the reader's notation."""

    type: Literal["number"] = "number"
    value: Decimal
    unit: str = ""


class Money(_Value):
    """An amount in the reader's notation of its currency, for example ``1 250 000 ₽``."""

    type: Literal["money"] = "money"
    amount: Decimal
    currency: str = Field(description="ISO 4217 code, or the portal's own.")


class Moment(_Value):
    """A point in time, shown in the reader's zone."""

    type: Literal["moment"] = "moment"
    at: AwareDatetime
    show: Literal["datetime", "date", "time"] = "datetime"


class Duration(_Value):
    """A length of time in words: ``16 minutes``."""

    type: Literal["duration"] = "duration"
    length: timedelta


class Person(_Value):
    """An employee; ``id`` is the portal's user id, empty for somebody outside it."""

    type: Literal["person"] = "person"
    name: str
    id: str = ""


class Phone(_Value):
    """A telephone number that can be called from the chat; what is no number is shown as text."""

    type: Literal["phone"] = "phone"
    number: str = Field(description="To dial: digits, with ``+`` in front where it is international.")
    shown: str = Field("", description="As people write it; empty = the number itself.")


class Link(_Value):
    """A link; anything but ``http(s)://`` and portal-relative ``/…`` is shown as text."""

    type: Literal["link"] = "link"
    label: Value
    url: str


class Bold(_Value):
    """Emphasised content."""

    type: Literal["bold"] = "bold"
    content: Value


class Code(_Value):
    """Verbatim content: a command, an expression, a stack trace."""

    type: Literal["code"] = "code"
    content: str


class Lines(_Value):
    """Several pieces, one a line."""

    type: Literal["lines"] = "lines"
    lines: tuple[Value, ...]


class Text(_Value):
    """A message id with named values; write it as :func:`T`."""

    type: Literal["text"] = "text"
    id: str
    plural: str | None = None
    values: dict[str, Value] = Field(default_factory=dict)

    @field_validator("id", "plural")
    @classmethod
    def _only_names_in_braces(cls, template: str | None) -> str | None:
        for _, name, spec, conversion in Formatter().parse(template or ""):
            if name is not None and (not name.isidentifier() or spec or conversion):
                raise ValueError(f"only plain names may stand in braces, not {name!r}")
        return template

    def __str__(self) -> str:
        """Return the untranslated words, for logs and lists."""
        template = self.plural if self.plural and self.values.get("n") != 1 else self.id
        return "".join(
            literal + ("" if name is None else plain(self.values.get(name, "")))
            for literal, name, _, _ in Formatter().parse(template)
        )


_Rich = Annotated[
    Number | Money | Moment | Duration | Person | Phone | Link | Bold | Code | Lines | Text,
    Field(discriminator="type"),
]
#: Anything that can stand in a :class:`Text`.
Value = str | int | float | _Rich
#: What titles, texts and field values accept.
Words = str | _Rich

for _model in (Link, Bold, Lines, Text):
    _model.model_rebuild()


def T(id: str, plural: str | None = None, /, **values: Value) -> Text:  # noqa: N802
    """Return a translatable text.

    Args:
        id: the English words with ``{names}`` for values; also the gettext message id.
        plural: the English plural; the value ``n`` then decides, by the reader's language's own rules.
        values: what stands for the names; a ``str`` is untrusted and shown literally.

    Example:
        ``T("{n} alert since {since}", "{n} alerts since {since}", n=3, since=Moment(at=started))``
    """
    return Text(id=id, plural=plural, values=values)


def bold(content: Value) -> Bold:
    """Return *content* emphasised."""
    return Bold(content=content)


def code(content: str) -> Code:
    """Return *content* verbatim."""
    return Code(content=content)


def link(label: Value, url: str) -> Link:
    """Return *label* as a link to *url*."""
    return Link(label=label, url=url)


def lines(*pieces: Value) -> Lines:
    """Return *pieces* below one another; empty ones are left out."""
    return Lines(lines=tuple(piece for piece in pieces if piece != ""))


def plain(value: Value) -> str:
    """Return the untranslated, unformatted words of *value*, for logs, lists and search."""
    match value:
        case Number(value=quantity, unit=unit):
            return f"{quantity} {unit}".strip()
        case Money(amount=amount, currency=currency):
            return f"{amount} {currency}"
        case Moment(at=at):
            return at.isoformat()
        case Duration(length=length):
            return str(length)
        case Person(name=name):
            return name
        case Phone(number=number, shown=shown):
            return shown or number
        case Link(label=content) | Bold(content=content):
            return plain(content)
        case Code(content=verbatim):
            return verbatim
        case Lines(lines=pieces):
            return "\n".join(plain(piece) for piece in pieces)
        case _:
            return str(value)
