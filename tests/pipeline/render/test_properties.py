"""What holds for every notification: no foreign markup, no half tag, no size above the portal's."""

import json
import re
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.pipeline.render import Limits, plain_fallback
from hub.pipeline.render.bbcode import compose
from hub.pipeline.render.neutralise import neutralise
from hub.pipeline.render.spans import Anchor, Dial, Mention, Strong, Verbatim
from hub.plugin import (
    Action,
    Bold,
    Code,
    Duration,
    Lines,
    Link,
    Moment,
    Money,
    Notification,
    Number,
    Person,
    Phone,
    T,
    field,
)

PORTAL = "https://portal.example"
OWN_TAGS = re.compile(
    r"/?(b|call|code|url|user)|call=[+]?[0-9]{3,20}|url=https?://[^\s\[\]'\"<>]+|user=[1-9][0-9]{0,9}"
)

FRAGMENTS = (
    *("[", "]", "&", "#", ";", "<", ">", ">>", "-", "---", "/", "\\", "=", " ", "\n", "\r", "\t"),
    *("\u200b", "\u200d", "\u202e", "\u00a0", "\ufe0f", "\u0301", "😀", "👩", "［", "Ж", "word"),
    *("91", "93", "x5b", "38", "amp", "lbrack", "rsqb", "num", "gt", "BR"),
    *("user=all", "b", "code", "url", "send", "url=https://evil.example"),
)
data = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
urls = st.one_of(
    data,
    data.map(lambda text: f"https://host.example/{text}"),
    data.map(lambda text: f"/{text}"),
    st.just("/crm/deal/details/1/"),
)
plain_values = st.one_of(
    data,
    st.integers(),
    st.floats(),
    st.builds(Number, value=st.decimals(allow_nan=False, allow_infinity=False), unit=data),
    st.builds(
        Money,
        amount=st.decimals(allow_nan=False, allow_infinity=False),
        currency=st.one_of(data, st.just("RUB")),
    ),
    st.builds(Moment, at=st.datetimes(timezones=st.just(UTC))),
    st.builds(Duration, length=st.timedeltas(max_value=timedelta(days=10_000))),
    st.builds(Person, name=data, id=st.one_of(data, st.just("17"))),
    st.builds(Phone, number=st.one_of(data, st.just("+79990001122")), shown=data),
    st.builds(Code, content=data),
)
values = st.recursive(
    plain_values,
    lambda inner: st.one_of(
        st.builds(Bold, content=inner),
        st.builds(Link, label=inner, url=urls),
        st.lists(inner, max_size=4).map(lambda pieces: Lines(lines=tuple(pieces))),
        st.builds(lambda a, b, c: T("{a}{b} {c}", "{a}{b}{c}", a=a, b=b, c=c, n=3), inner, inner, inner),
    ),
    max_leaves=8,
)
words = values.filter(lambda value: not isinstance(value, int | float))
notifications = st.builds(
    Notification,
    key=st.just("k"),
    title=words,
    text=words,
    url=urls,
    severity=st.sampled_from(["info", "warning", "error", "critical"]),
    fields=st.lists(st.builds(field, words, words), max_size=4).map(tuple),
    actions=st.lists(
        st.one_of(
            st.builds(Action, label=words, command=st.just("do")),
            st.builds(Action, label=words, url=urls.filter(bool)),
        ),
        max_size=5,
    ).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(notifications)
def test_only_the_hub_makes_markup(show, texts_of, portal_reads, notification):
    message = show(notification)

    for text in [*texts_of(message), plain_fallback(message, link_base=PORTAL).text]:
        reading = portal_reads(text)
        assert all(OWN_TAGS.fullmatch(tag) for tag in reading.tags)
        assert reading.balanced
        assert not reading.stray_brackets
        assert not reading.quotes


@settings(max_examples=40, deadline=None)
@given(
    notifications,
    st.builds(
        Limits,
        title=st.integers(20, 300),
        text=st.integers(1, 500),
        value=st.integers(1, 300),
        attach=st.integers(300, 3_000),
        keyboard=st.integers(400, 3_000),
        buttons=st.integers(1, 5),
        button=st.integers(1, 60),
    ),
)
def test_every_size_is_kept(show, texts_of, portal_reads, notification, limits):
    message = show(notification, limits=limits)

    buttons = [button for button in message.keyboard if "TEXT" in button]
    assert message.text.strip()
    assert len(message.text) <= limits.title + 2
    assert len(json.dumps(message.attach, separators=(",", ":"))) <= limits.attach
    assert len(buttons) <= limits.buttons
    assert all(0 < len(button["TEXT"]) <= limits.button for button in buttons)
    assert all(portal_reads(text).balanced for text in texts_of(message))


spans = st.recursive(
    st.one_of(
        data,
        data.map(Verbatim),
        st.builds(Mention, data, st.just("17")),
        st.builds(Dial, data, st.just("112")),
    ),
    lambda inner: st.one_of(
        st.builds(Strong, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Anchor, st.lists(inner, max_size=3).map(tuple), urls),
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(spans, max_size=5).map(tuple), st.integers(1, 80), st.booleans())
def test_a_cut_leaves_no_half_tag(portal_reads, content, limit, one_line):
    piece = compose(content, limit=limit, link_base=PORTAL, one_line=one_line)

    reading = portal_reads(piece.bb)
    assert len(piece.bb) <= limit
    assert reading.balanced
    assert not reading.stray_brackets
    assert piece.bb.endswith("…") or not piece.cut
    assert not one_line or "\n" not in piece.bb


@settings(max_examples=80, deadline=None)
@given(st.one_of(data, st.text(st.characters(exclude_categories=()))), st.booleans())
def test_disarming_twice_changes_nothing_and_leaves_clean_unicode(text, one_line):
    once = neutralise(text, one_line=one_line)

    assert neutralise(once, one_line=one_line) == once
    once.encode()


def test_a_date_beyond_the_calendar_of_the_zone_is_shown_all_the_same(show):
    never = Moment(at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))

    message = show(Notification(key="k", title=T("Until {end}", end=never)))

    assert message.text == "[b]Until 31 Dec 9999, 23:59[/b]"
