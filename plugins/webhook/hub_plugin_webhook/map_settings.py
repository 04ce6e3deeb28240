"""The mapping as it is written in the settings, under ``[plugins.NAME.map]``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.plugin import PluginSettings


class RowSettings(PluginSettings):
    """One line of a card's table; left out when there is nothing to show."""

    name: str = Field(min_length=1, description="Words before the value.")
    value: str = Field("", description="Text: a template, or words with {names} of values.")
    money: str = Field("", description="JMESPath of an amount; with currency.")
    currency: str = Field(
        "", description="JMESPath of the currency's code, e.g. 'EUR' in quotes of JMESPath."
    )
    number: str = Field("", description="JMESPath of a number.")
    moment: str = Field("", description="JMESPath of a time: ISO 8601, Unix seconds or milliseconds.")


class ButtonSettings(PluginSettings):
    """A button that opens a page."""

    label: str = Field(min_length=1, description="Words on the button.")
    url: str = Field(min_length=1, description="Template of the address; no button without one.")


class CardSettings(PluginSettings):
    """What a call becomes; in ``cards`` what is not set is taken from ``map``."""

    when: str = Field("", description="JMESPath condition; empty = always.")
    kind: str = Field(
        "webhook.message", min_length=1, max_length=100, description="Kind, for routes and mutes."
    )
    event: Literal["message", "problem", "recovery", "update"] = Field(
        "message", description="What the event says about the thing it names."
    )
    key: str = Field(
        "", description="Template of what repeats have in common; empty = the body and ten minutes."
    )
    title: str = Field("", description="Text: the essential sentence.")
    text: str = Field("", description="Text below the title.")
    severity: str = Field("info", description="Template of a word for how bad it is.")
    url: str = Field("", description="Template of the page the title links to.")
    thread: str = Field("", description="Template naming the thing; one living card for each.")
    mode: Literal["open", "update"] = Field("open", description="update = only edit a card that is there.")
    loud: bool = Field(False, description="Post the card anew instead of editing it.")
    fields: tuple[RowSettings, ...] = Field((), max_length=50, description="The card's table.")
    rows_of: str = Field("", description="JMESPath of a mapping, each entry of which is a line of the table.")
    rows_without: tuple[str, ...] = Field((), description="Entries of rows_of to leave out.")
    actions: tuple[ButtonSettings, ...] = Field((), max_length=10, description="Buttons that open pages.")
    labels: dict[str, str] = Field(
        default_factory=dict, description="Templates of labels, for routes and maintenance."
    )
    to: tuple[str, ...] = Field(
        (), max_length=50, description="Templates of addresses, instead of the plugin's."
    )


class MapSettings(CardSettings):
    """What every call becomes, or how it is told which card it becomes."""

    each: str = Field("", description="JMESPath of a list, each element of which is one event.")
    values: dict[str, str] = Field(
        default_factory=dict,
        description="JMESPath expressions by name, for templates, {names} and conditions.",
    )
    ignore: str = Field("", description="JMESPath condition for what is answered and not kept.")
    occurred_at: str = Field("", description="JMESPath of the time it happened.")
    cards: tuple[CardSettings, ...] = Field(
        (), max_length=100, description="Cards in order; the first whose condition holds is used."
    )
