"""A mapping made ready: every expression and template of it compiled, every mistake in it found."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hub.plugin import ConfigurationError
from hub_plugin_webhook.expressions import Expression
from hub_plugin_webhook.failures import BadMapping
from hub_plugin_webhook.map_settings import ButtonSettings, CardSettings, MapSettings, RowSettings
from hub_plugin_webhook.templates import Template, template
from hub_plugin_webhook.words import Sentence

#: What a mapping can read beside its own values.
SCOPE = ("body", "item", "headers", "endpoint")
C = TypeVar("C", Expression, Template, Sentence)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a card's table, compiled."""

    at: str
    name: str
    value: Sentence
    money: Expression
    currency: Expression
    number: Expression
    moment: Expression


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button that opens a page, compiled."""

    at: str
    label: str
    url: Template


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a call becomes, compiled; *at* is its key path in the settings."""

    at: str
    settings: CardSettings
    when: Expression
    key: Template
    title: Sentence
    text: Sentence
    severity: Template
    url: Template
    thread: Template
    rows: Sequence[Row]
    rows_of: Expression
    buttons: Sequence[Button]
    labels: Mapping[str, Template]
    to: Sequence[Template]


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A whole mapping, compiled."""

    at: str
    each: Expression
    values: Mapping[str, Expression]
    ignore: Expression
    occurred_at: Expression
    cards: Sequence[Card]


class Compiler:
    """Compiles the parts of a mapping and collects what is wrong with them."""

    def __init__(self, values: Sequence[str] = ()) -> None:
        self._values = tuple(values)
        self.problems: list[str] = []

    def expression(self, source: str, at: str) -> Expression:
        """Return *source*, at the key path *at*, as an expression."""
        made = self._made(Expression, source, at)
        return self._known(made, at, "; a text stands in single quotes") if made else Expression("")

    def template(self, source: str, at: str) -> Template:
        """Return it as a template."""
        made = self._made(template, source, at)
        return self._known(made, at) if made else template("")

    def words(self, source: str, at: str) -> Sentence:
        """Return it as words."""
        made = self._made(lambda text: Sentence(text, self._values), source, at)
        return self._known(made, at) if made else Sentence("", ())

    def _made(self, make: Callable[[str], C], source: str, at: str) -> C | None:
        try:
            return make(source)
        except BadMapping as exc:
            self.problems.append(f"{at}: {exc}")
            return None

    def _known(self, made: C, at: str, more: str = "") -> C:
        known = [*SCOPE, *self._values]
        for name in sorted(made.names - set(known)):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            self.problems.append(f"{at}: {name!r} is neither a value nor part of the call; {hint}{more}")
        return made


def compile_mapping(settings: MapSettings, at: str) -> Compiled:
    """Compile the mapping at the key path *at*.

    Raises:
        ConfigurationError: with one line for every mistake.
    """
    compiler = Compiler(tuple(settings.values))
    compiled = Compiled(
        at=at,
        each=compiler.expression(settings.each, f"{at}.each"),
        values={name: compiler.expression(s, f"{at}.values.{name}") for name, s in settings.values.items()},
        ignore=compiler.expression(settings.ignore, f"{at}.ignore"),
        occurred_at=compiler.expression(settings.occurred_at, f"{at}.occurred_at"),
        cards=[_card(compiler, at, *each) for each in _effective(settings, at)],
    )
    compiler.problems += [
        f"{at}.values.{name}: is not a usable name; take letters, digits and _, but none of {', '.join(SCOPE)}"
        for name in settings.values
        if name in SCOPE or not name.isidentifier()
    ]
    if compiler.problems:
        raise ConfigurationError(*dict.fromkeys(compiler.problems))
    return compiled


def _effective(settings: MapSettings, at: str) -> Iterator[tuple[CardSettings, str, frozenset[str]]]:
    """Yield the cards, each with what it takes from the map, its key path, and the keys that are its own."""
    if not settings.cards:
        yield settings, at, frozenset(CardSettings.model_fields)
    for number, card in enumerate(settings.cards):
        own = {name: getattr(card, name) for name in card.model_fields_set}
        yield settings.model_copy(update=own), f"{at}.cards[{number}]", frozenset(own)


def _card(compiler: Compiler, base: str, card: CardSettings, at: str, own: frozenset[str]) -> Card:
    def place(name: str) -> str:
        return f"{at if name in own else base}.{name}"

    if not card.title:
        compiler.problems.append(f"{at}.title: is missing; say in a sentence what happened")
    if card.mode == "update" and not card.thread:
        compiler.problems.append(f"{at}.thread: is missing; mode 'update' needs the card to edit")
    return Card(
        at=at,
        settings=card,
        when=compiler.expression(card.when, place("when")),
        key=compiler.template(card.key, place("key")),
        title=compiler.words(card.title, place("title")),
        text=compiler.words(card.text, place("text")),
        severity=compiler.template(card.severity, place("severity")),
        url=compiler.template(card.url, place("url")),
        thread=compiler.template(card.thread, place("thread")),
        rows=[_row(compiler, row, f"{place('fields')}[{number}]") for number, row in enumerate(card.fields)],
        rows_of=compiler.expression(card.rows_of, place("rows_of")),
        buttons=[_button(compiler, each, f"{place('actions')}[{n}]") for n, each in enumerate(card.actions)],
        labels={name: compiler.template(s, f"{place('labels')}.{name}") for name, s in card.labels.items()},
        to=[compiler.template(source, f"{place('to')}[{number}]") for number, source in enumerate(card.to)],
    )


def _row(compiler: Compiler, row: RowSettings, at: str) -> Row:
    _without_braces(compiler, row.name, f"{at}.name")
    if sum(map(bool, (row.value, row.money, row.number, row.moment))) != 1:
        compiler.problems.append(f"{at}: needs exactly one of value, money, number and moment")
    return Row(
        at=at,
        name=row.name,
        value=compiler.words(row.value, f"{at}.value"),
        money=compiler.expression(row.money, f"{at}.money"),
        currency=compiler.expression(row.currency, f"{at}.currency"),
        number=compiler.expression(row.number, f"{at}.number"),
        moment=compiler.expression(row.moment, f"{at}.moment"),
    )


def _button(compiler: Compiler, button: ButtonSettings, at: str) -> Button:
    _without_braces(compiler, button.label, f"{at}.label")
    return Button(at=at, label=button.label, url=compiler.template(button.url, f"{at}.url"))


def _without_braces(compiler: Compiler, words: str, at: str) -> None:
    if set("{}") & set(words):
        compiler.problems.append(f"{at}: may not have braces; these words are the same on every card")
