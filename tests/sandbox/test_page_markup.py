"""BB code as the chat page renders it, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

RENDER = """async (text) => {
  const { richText } = await import("/page/richtext.js");
  const box = document.createElement("div");
  box.append(richText(text, { me: "27", nameOf: (id) => ({ 27: "Vera" })[id] }));
  return box.innerHTML;
}"""
AWAY = 'target="_blank" rel="noopener noreferrer"'
PRESS = '<button type="button" class="inline">{}</button>'


@pytest.fixture(scope="module")
def page(browser: Browser, _shared) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"{_shared.url}/")
    yield page
    context.close()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param(
            "[b]a[/b] [i]b[/i] [u]c[/u] [s]d[/s]", "<b>a</b> <i>b</i> <u>c</u> <s>d</s>", id="styles"
        ),
        pytest.param("[B]a[/b]", "<b>a</b>", id="capitals"),
        pytest.param("a[br]b#BR#c\r\nd", "a\nb\nc\nd", id="newlines"),
        pytest.param("[b]open", "[b]open", id="never closed"),
        pytest.param("shut[/b]", "shut[/b]", id="never opened"),
        pytest.param("[b][i]x[/b][/i]", "<b>[i]x</b>[/i]", id="crossed"),
        pytest.param("[what]x[/what]", "[what]x[/what]", id="unknown"),
        pytest.param("[constructor]x[/constructor]", "[constructor]x[/constructor]", id="property name"),
        pytest.param("array[0] [ ] []", "array[0] [ ] []", id="brackets"),
        pytest.param("[size=99]x[/size]", '<span style="font-size: 30px;">x</span>', id="size is limited"),
        pytest.param("[size=big]x[/size]", "[size=big]x[/size]", id="size of words"),
        pytest.param(
            "[color=#f00]x[/color]", '<span class="coloured" style="--colour: #f00;">x</span>', id="color"
        ),
        pytest.param("[color=red;x]x[/color]", "[color=red;x]x[/color]", id="color of words"),
        pytest.param("[code][b]x[/b][/code]", '<code class="">[b]x[/b]</code>', id="code"),
        pytest.param(">>one\n>> two\nend", "<blockquote>one\ntwo</blockquote>end", id="quoted lines"),
        pytest.param("a\n------\nb\n------\nc", "a<blockquote>b</blockquote>c", id="quoted block"),
        pytest.param("a\n------\nb", "a\n------\nb", id="block never closed"),
        pytest.param("[code]\n>>x[/code]", '<code class="block">&gt;&gt;x</code>', id="quote inside code"),
        pytest.param("[user=27]Me[/user]", '<span class="mention mine">Me</span>', id="reader"),
        pytest.param("[user=31]Pavel[/user]", '<span class="mention">Pavel</span>', id="colleague"),
        pytest.param("[user=27][/user]", '<span class="mention mine">Vera</span>', id="name looked up"),
        pytest.param("[send=/help]Help[/send]", PRESS.format("Help"), id="send"),
        pytest.param("[put]/comment [/put]", PRESS.format("/comment "), id="put of its own text"),
        pytest.param("[call=+7916]me[/call]", PRESS.format("me"), id="call"),
        pytest.param("[chat=7]Room[/chat]", PRESS.format("Room"), id="chat"),
        pytest.param("[context=chat7/5]there[/context]", PRESS.format("there"), id="context"),
    ],
)
def test_markup(page, text, html):
    assert page.evaluate(RENDER, text) == html


@pytest.mark.parametrize(
    ("text", "href", "label", "after"),
    [
        pytest.param("[url=/crm/1/]deal[/url]", "/crm/1/", "deal", "", id="portal link"),
        pytest.param(
            "[url]https://x.example/[/url]", "https://x.example/", "https://x.example/", "", id="bare"
        ),
        pytest.param(
            "https://x.example/a.", "https://x.example/a", "https://x.example/a", ".", id="found in text"
        ),
        pytest.param(
            "https://x.example/(a))", "https://x.example/(a)", "https://x.example/(a)", ")", id="brackets"
        ),
        pytest.param("[url=/a]https://x.example[/url]", "/a", "https://x.example", "", id="address as label"),
    ],
)
def test_links_lead_away_without_telling_from_where(page, text, href, label, after):
    assert page.evaluate(RENDER, text) == f'<a href="{href}" {AWAY}>{label}</a>{after}'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/\\evil.example",
        "ftp://x",
        "x",
    ],
)
def test_other_addresses_stay_text(page, address):
    for text in (
        f"[url={address}]x[/url]",
        f"[url]{address}[/url]",
        f"[img]{address}[/img]",
        f"[icon={address}]",
    ):
        assert page.evaluate(RENDER, text) == text


def test_a_timestamp_is_shown_in_the_readers_zone(page):
    shown = page.evaluate(RENDER, "[timestamp=1767225600 format=SHORT_TIME_FORMAT]")

    assert ">09:00</time>" in shown
    assert 'datetime="2026-01-01T00:00:00.000Z"' in shown


def test_a_picture_is_loaded_without_a_referrer(page):
    shown = page.evaluate(RENDER, "[img size=small]https://x.example/a.png [/img]")

    assert 'src="https://x.example/a.png"' in shown
    assert 'referrerpolicy="no-referrer"' in shown
    assert "width: 120px" in shown


def test_hostile_text_creates_nothing_that_runs(page):
    hostile = """<script>alert(1)</script><img src=x onerror=alert(1)>
        [url=javascript:alert(1)]x[/url][url=https://x" onclick="alert(1)]x[/url]
        [img]https://x.example/a.png" onerror="alert(1)[/img][color=#fff" onmouseover="alert(1)]x[/color]
        [user=1" onclick="x]x[/user][code]</code><script>alert(1)</script>[/code]
        [icon=https://x.example/i.png size=20 title="><script>alert(1)</script>]
        [b][url=https://ok.example]<svg onload=alert(1)>[/url][/b]"""
    shown = page.evaluate(
        """async (text) => {
          const { richText } = await import("/page/richtext.js");
          const box = document.createElement("div");
          box.append(richText(text, { me: "27", nameOf: () => null }));
          const all = [...box.querySelectorAll("*")];
          return {
            tags: [...new Set(all.map((node) => node.localName))].sort(),
            handlers: all.flatMap((node) => node.getAttributeNames()).filter((name) => name.startsWith("on")),
            addresses: all.flatMap((node) => [node.getAttribute("href"), node.getAttribute("src")]).filter(Boolean),
          };
        }""",
        hostile,
    )

    assert set(shown["tags"]) <= {"a", "b", "code", "img"}
    assert shown["handlers"] == []
    assert all(address.startswith("https://") for address in shown["addresses"])


@pytest.mark.parametrize(
    "piece", ["[", "[b]", "[code]", "[url=", ">>\n", "------\n", "[b][i]", "a" * 10], ids=repr
)
def test_twenty_thousand_characters_of_anything_render_at_once(page, piece):
    took = page.evaluate(
        """async (text) => {
          const { richText } = await import("/page/richtext.js");
          const began = performance.now();
          richText(text, { me: "27", nameOf: () => null });
          return performance.now() - began;
        }""",
        piece * (20_000 // len(piece)),
    )

    assert took < 1500
