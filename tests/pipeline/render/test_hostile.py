"""Nothing that comes from outside can become markup, wherever in a message it stands."""

from itertools import product

import pytest

from hub.pipeline.render import notice, one_line, plain_fallback
from hub.plugin import (
    Action,
    Bold,
    Link,
    Notification,
    Person,
    Phone,
    Severity,
    T,
    bold,
    code,
    field,
    lines,
    link,
)

PORTAL = "https://portal.example"

#: What would do harm, with ``<`` and ``>`` for the brackets.
TAGS = (
    "<user=all>",
    "<USER=1>Boss</USER>",
    "<uSeR=1>",
    "<send=/ack 1>click</send>",
    "<put=/ack 1>click</put>",
    "<call=+15550100>call</call>",
    "<url=javascript:alert(1)>here</url>",
    "<url=https://evil.example>here</url>",
    "<URL>https://evil.example</URL>",
    "<img size=large>https://evil.example/p.png </img>",
    "<icon=https://evil.example/p.png size=20>",
    "<disk=7>",
    "<chat=5>ops</chat>",
    "<context=chat1157/84351>there</context>",
    "<timestamp=1 format=SHORT_TIME_FORMAT>",
    "<size=30>big</size>",
    "<color=#ff0000>red</color>",
    "<b>bold",
    "</b></code></url></user>",
    "<code>x</code><user=all>",
    "<br><user=all>",
    "<<user=all>>",
    "<user=<user=all>>",
    "</code",
    "<user=all",
    "user=all>",
    "<\nuser=all\n>",
    "< user = all >",
)

#: How the brackets could be hidden: what stands for ``[`` and for ``]``.
DISGUISES = {
    "plain": ("[", "]"),
    "decimal": ("&#91;", "&#93;"),
    "decimal open": ("&#91", "&#93"),
    "decimal padded": ("&#0000091;", "&#0000093;"),
    "hex": ("&#x5b;", "&#x5d;"),
    "hex upper": ("&#X5B;", "&#X5D;"),
    "hex open": ("&#x5b", "&#x5d"),
    "named": ("&lbrack;", "&rbrack;"),
    "named short": ("&lsqb;", "&rsqb;"),
    "named open": ("&lbrack", "&rbrack"),
    "named upper": ("&LSQB;", "&RSQB;"),
    "double": ("&amp;#91;", "&amp;#93;"),
    "double open": ("&amp#91;", "&amp#93;"),
    "triple": ("&amp;amp;#91;", "&amp;amp;#93;"),
    "triple open": ("&ampamp#91;", "&ampamp#93;"),
    "number of ampersand": ("&#38;#91;", "&#x26;#93;"),
    "zero width": ("[\u200b", "\u200b]"),
    "zero width entity": ("&\u200b#91;", "&#\ufeff93;"),
    "joiner entity": ("&\u200d#91;", "&\u200d#93;"),
    "soft hyphen": ("&#\u00ad91;", "&#9\u00ad3;"),
    "right to left": ("\u202e[", "\u202c]"),
    "isolate": ("\u2066&#91;", "\u2069&#93;"),
    "null": ("\x00[\x00", "\x00]\x00"),
    "null entity": ("&\x00#91;", "&#\x0093;"),
    "escape": ("\\[", "\\]"),
    "full width": ("［", "］"),
}

OTHERS = (
    ">> quoted",
    "\n>> quoted",
    "\n\u00a0>> quoted",
    "\r>> quoted",
    "\u2028>> quoted",
    "#BR#>> quoted",
    "#br#&gt;&gt; quoted",
    "&gt;&gt; quoted",
    "\n&#62;&#62; quoted",
    "------",
    "\n------------------------------------------------------\nBoss wrote:\n------",
    "\n---\u200b---\n",
    "-" * 400,
    "#BR#",
    "#B\u200bR#",
    "#BR#BR#BR#",
    "&num;BR&num;",
    "&#35;BR&#35;",
    "[BR]",
    "&NewLine;>> quoted",
    "line\nline\r\nline\rline\x85line\u2029line",
    "\n" * 300,
    "'\"`' onclick=alert(1)",
    "<script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    "{name} {0} {} %s %(name)s ${x}",
    "\u200d" * 50,
    "👩\u200d👩\u200d👧 family",
    "e\u0301" * 30,
    "\u0301" * 300,
    "😀" * 500,
    "a" * 20_500,
    "[user=all]" * 2_500,
    "&#91;" * 5_000,
    "&amp;" * 2_000 + "#91;user=all&#93;",
    "[" * 20_001,
    "x" * 299 + "[/b][user=all]",
    "x" * 295 + "👩\u200d👩\u200d👧",
    "\x1b[31mred\x1b[0m",
    "/ack 1",
    "https://evil.example/?a=[user=all]",
)

HOSTILE = (
    tuple(
        tag.replace("<", opening).replace(">", closing)
        for tag, (opening, closing) in product(TAGS, DISGUISES.values())
    )
    + OTHERS
)

URLS = (
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:/evil.example",
    "https:evil.example",
    "https://",
    "https:///path",
    "https://portal.example@evil.example/",
    "https://user:secret@evil.example/",
    "https://[evil]/",
    "https://e[vil.example/",
    "https://evil.example\\@portal.example/",
    "https://a..b/",
    "https://ev\u202eil.example/",
    "https://evil.example/\u202e",
    "https://evil.example/\n[user=all]",
    "https://evil.example/" + "x" * 2_000,
    "https://evil.example:port/",
    "relative/path",
    "mailto:a@b.example",
    "?query",
    "#fragment",
    "",
)

TAMED_URLS = {
    "https://a.example/?x[]=1&y=[user=all]": "https://a.example/?x%5B%5D=1&y=%5Buser=all%5D",
    "https://a.example/]quoted[/url][user=all]": "https://a.example/%5Dquoted%5B/url%5D%5Buser=all%5D",
    "https://a.example/?a=1&lbrack;user=all&#93;": "https://a.example/?a=1&%6Cbrack;user=all&#%393;",
    "https://a.example/?a=1&amp;b=2&c=3": "https://a.example/?a=1&%61mp;b=2&c=3",
    "https://a.example/'\"<b>`": "https://a.example/%27%22%3Cb%3E%60",
    "https://a.example/a b": "https://a.example/a%20b",
    "https://пример.example/путь": "https://xn--e1afmkfd.example/%D0%BF%D1%83%D1%82%D1%8C",
    "HTTPS://A.example:8443/": "https://a.example:8443/",
    "/crm/deal/details/1/?a[]=[b]": "/crm/deal/details/1/?a%5B%5D=%5Bb%5D",
}


def everywhere(data: str) -> Notification:
    """Return a notification with *data* wherever data can stand."""
    return Notification(
        key="k",
        title=T("Begin {data} end", data=data),
        text=lines(data, bold(data), code(data), link(data, "/here/"), Person(name=data, id="17")),
        severity=Severity.CRITICAL,
        url="/there/",
        fields=(
            field(data, data),
            field("Who", Person(name=data, id=data)),
            field("Nested", Bold(content=Link(label=Person(name=data, id="5"), url="/here/"))),
        ),
        actions=(
            Action(label=data, command="do"),
            Action(label=T("Do {data}", data=data), url="/x/"),
        ),
    )


def essential(data: str) -> str:
    """Return the letters that a reader needs, whatever stands between them."""
    return "".join(char for char in data if char.isalnum())


def test_there_are_enough_hostile_strings():
    assert len(set(HOSTILE)) >= 500


@pytest.fixture(scope="module")
def harmless_tags(show, texts_of, portal_reads):
    message = show(everywhere("word"))
    shown = [*texts_of(message), plain_fallback(message, link_base=PORTAL).text]
    return {tag for text in shown for tag in portal_reads(text).tags}


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_no_markup_anywhere(data, show, texts_of, portal_reads, readers, harmless_tags):
    notification = everywhere(data)
    message = show(notification)
    shown = [
        *texts_of(message),
        plain_fallback(message, link_base=PORTAL).text,
        notice(notification, **readers["ru"]),
        one_line(notification, **readers["en"]).text,
    ]

    for text in shown:
        reading = portal_reads(text)
        assert set(reading.tags) <= harmless_tags
        assert reading.balanced
        assert not reading.quotes
        assert not reading.stray_brackets


@pytest.mark.parametrize("data", [data for data in HOSTILE if len(data) < 200])
def test_the_words_of_hostile_text_stay_readable(data, show):
    message = show(Notification(key="k", title="t", text=T("Begin {data} end", data=data)))

    shown = message.attach["BLOCKS"][0]["MESSAGE"]
    assert shown.startswith("Begin")
    assert shown.endswith("end")
    assert essential(shown) == essential(f"Begin {data} end")


@pytest.mark.parametrize("url", URLS, ids=range(len(URLS)))
def test_a_url_that_may_not_be_a_link_is_shown_as_text(url, show, portal_reads):
    notification = Notification(
        key="k",
        title="t",
        text=link("Label", url),
        url=url,
        actions=(Action(label="Go", url=url or "x"),),
    )

    message = show(notification)

    assert message.keyboard == ()
    reading = portal_reads(message.attach["BLOCKS"][0]["MESSAGE"])
    assert reading.tags == ()
    assert reading.words.startswith("Label")


@pytest.mark.parametrize(("url", "spelled"), TAMED_URLS.items(), ids=range(len(TAMED_URLS)))
def test_a_url_with_markup_in_it_is_spelled_without(url, spelled, show, portal_reads):
    message = show(Notification(key="k", title="t", text=link("Label", url), url=url))

    text = message.attach["BLOCKS"][0]["MESSAGE"]
    absolute = PORTAL + spelled if spelled.startswith("/") else spelled
    assert text == f"[url={absolute}]Label[/url]"
    assert portal_reads(text).tags == (f"url={absolute}".lower(), "/url")
    assert message.keyboard[0]["LINK"] == spelled


def test_a_telephone_number_can_be_called(show):
    message = show(
        Notification(key="k", title="t", text=Phone(number="+79990001122", shown="+7 999 000-11-22"))
    )

    assert message.attach["BLOCKS"] == [{"MESSAGE": "[call=+79990001122]+7 999 000-11-22[/call]"}]


@pytest.mark.parametrize("number", ["*100#", "+", "12", "+7 999", "112]", "1" * 21, ""])
def test_what_cannot_be_dialled_is_only_shown(number, show):
    message = show(Notification(key="k", title="t", text=Phone(number=number, shown="the office")))

    assert message.attach["BLOCKS"] == [{"MESSAGE": "the office"}]


@pytest.mark.parametrize("id", ["all", "0", "-1", "17]", "١٧", "1 7", "17\n", "9" * 11, ""])
def test_somebody_without_a_portal_id_is_only_named(id, show):
    message = show(Notification(key="k", title="t", text=Person(name="Ann", id=id)))

    assert message.attach["BLOCKS"] == [{"MESSAGE": "Ann"}]


@pytest.mark.parametrize(
    "values",
    [
        ("&", "#91;user=all&#93;"),
        ("&#", "91;user=all]"),
        ("&", bold(""), "#91;"),
        ("&", bold("\u200b"), "lbrack;user=all&rbrack;"),
        ("&", code(" "), "#91;"),
        ("&", link("#91;", "javascript:x"), ""),
        ("&am", Person(name="p;#91;", id="all"), ""),
        (">", ">", " quoted"),
        (">", bold("\u2060"), "> quoted"),
        ("---", "---", ""),
        ("#B", "R#", ">> quoted"),
        ("[", "user=all", "]"),
    ],
    ids=range(12),
)
def test_harmless_halves_make_no_markup_together(values, show, portal_reads):
    names = "abc"[: len(values)]
    text = T("".join(f"{{{name}}}" for name in names), **dict(zip(names, values, strict=True)))

    reading = portal_reads(show(Notification(key="k", title="t", text=text)).attach["BLOCKS"][0]["MESSAGE"])

    assert not [tag for tag in reading.tags if tag.strip("/") not in ("b", "code")]
    assert not reading.stray_brackets
    assert not reading.quotes
