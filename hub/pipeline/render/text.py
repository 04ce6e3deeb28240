"""From a plugin's words to spans and pieces: translation and formatting for one reader."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from string import Formatter

from hub.i18n import Catalogue, Reader
from hub.i18n import format as show
from hub.pipeline.render.bbcode import BB, Piece, compose
from hub.pipeline.render.spans import Anchor, Dial, Mention, Spans, Strong, Verbatim
from hub.plugin import Bold, Code, Duration, Lines, Link, Moment, Money, Number, Person, Phone, Text, Value

#: Characters of one value, twice what a message holds: a megabyte of log must not cost a second.
_ENOUGH = 40_000


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Writes for one reader.

    Attributes:
        catalogue: of the plugin whose words these are.
        link_base: the portal's address, ``https://portal.example``.
    """

    reader: Reader
    catalogue: Catalogue
    link_base: str

    def markup(self, words: Value, *, limit: int, one_line: bool = False) -> Piece:
        """Return *words* as BB code of at most *limit* characters."""
        return compose(self.spans(words), limit=limit, link_base=self.link_base, one_line=one_line)

    def heading(self, words: Value, *, limit: int) -> Piece:
        """Return *words* in bold on one line."""
        return compose((Strong(self.spans(words)),), limit=limit, link_base=self.link_base, one_line=True)

    def label(self, words: Value, *, limit: int) -> BB:
        """Return *words* on one line without any tag."""
        return compose(self.spans(words), limit=limit, link_base=self.link_base, one_line=True, tags=False).bb

    def spans(self, value: Value) -> Spans:
        """Return *value* translated and formatted."""
        match value:
            case str():
                return (value[:_ENOUGH],)
            case Person(name=name, id=id):
                return (Mention(name, id),)
            case Phone(number=number, shown=shown):
                return (Dial(shown or number, number),)
            case Link(label=label, url=url):
                return (Anchor(self.spans(label), url),)
            case Bold(content=content):
                return (Strong(self.spans(content)),)
            case Code(content=verbatim):
                return (Verbatim(verbatim[:_ENOUGH]),)
            case Lines(lines=pieces):
                return self._below_one_another(pieces)
            case Text():
                return self._filled_in(value)
            case _:
                return (self._shown(value),)

    def _shown(self, value: int | float | Number | Money | Moment | Duration) -> str:
        match value:
            case Number(value=number, unit=unit):
                return show.number(number, self.reader, unit=unit)
            case Money(amount=amount, currency=currency):
                return show.money(amount, currency, self.reader)
            case Moment(at=at, show=part):
                return show.moment(at, self.reader, show=part)
            case Duration(length=length):
                return show.duration(length, self.reader)
            case float():
                return show.number(Decimal(str(value)), self.reader)
            case _:
                return str(value)  # an int may well be an id: no thousands separators

    def _below_one_another(self, pieces: tuple[Value, ...]) -> Spans:
        rest = (span for piece in pieces[1:] for span in ("\n", *self.spans(piece)))
        return (*self.spans(pieces[0]), *rest) if pieces else ()

    def _filled_in(self, text: Text) -> Spans:
        template = self.catalogue.template(text.id, text.plural, _count(text.values.get("n", "")))
        spans: list[Spans] = []
        for literal, name, _, _ in Formatter().parse(template):
            spans.append((literal,))
            if name is not None:
                spans.append(self.spans(text.values.get(name, "")))
        return tuple(span for group in spans for span in group)


def _count(n: Value) -> Decimal | int:
    """Return the number that decides about the plural; what is no number counts as several."""
    match n:
        case int():
            return n
        case float() | Number():
            number = n.value if isinstance(n, Number) else Decimal(str(n))
            return number if number.is_finite() else 2
        case _:
            return 2
