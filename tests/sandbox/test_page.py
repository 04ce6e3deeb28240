"""The chat page, in a real browser against a real sandbox."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hub.sandbox import Sandbox

pytestmark = pytest.mark.browser

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
TAKE = {"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "take n7", "BLOCK": "Y", "DISPLAY": "LINE"}
LATER = {"TEXT": "Later", "COMMAND": "hub", "COMMAND_PARAMS": "later n7", "DISPLAY": "LINE"}
OPEN = {"TEXT": "Open", "LINK": "https://crm.example.org/deal/1", "DISPLAY": "LINE"}
ROWS = [
    {"DISPLAY": "ROW", "NAME": "Host", "VALUE": "[b]db-02[/b]"},
    {"DISPLAY": "ROW", "NAME": "Value", "VALUE": "91 %"},
]
CARD = {"COLOR_TOKEN": "alert", "BLOCKS": [{"MESSAGE": "Disk [b]almost full[/b]"}, {"GRID": ROWS}]}
LONG = "Соответственноподчинённость" * 12

#: Milliseconds; a busy machine may need them.
PATIENCE = 30_000

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Iterator[BrowserContext]:
    """A wide window in English; pages of one context share what the browser has loaded."""
    expect.set_options(timeout=PATIENCE)
    with browser.new_context(viewport=WIDE, locale="en-GB", reduced_motion="reduce") as context:
        yield context


@pytest.fixture
def visit(desk: BrowserContext, sandbox) -> Iterator[Visit]:
    """Open the page as a person; whatever it reports as an error fails the test."""
    opened, complaints = [], []

    def visit(person: int = 27, dialog: str | int = "", *, context=desk, url=sandbox.url) -> Page:
        page = context.new_page()
        opened.append(page)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}/#as={person}" + (f"&dialog={dialog}" if dialog else ""))
        expect(page.get_by_role("status")).to_contain_text(re.compile("live|на связи"))
        return page

    yield visit
    for page in opened:
        page.evaluate("localStorage.clear()")
        page.close()
    assert complaints == []


def bubble(page: Page, text: str):
    return page.locator(".message", has_text=text)


def test_dialogs_show_title_last_line_and_unread_count(visit, bot):
    bot.send("27", message="first")
    bot.send("27", message="a [b]new[/b] lead")
    page = visit(27, "chat1157")

    entry = page.get_by_role("navigation").get_by_role("link", name="Hub")
    expect(entry).to_contain_text("a new lead")
    expect(entry.get_by_label("2 unread messages")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(2\)"))


def test_the_newest_dialog_is_open_at_the_start(visit, bot):
    bot.send("27", message="hello")

    expect(bubble(visit(27), "hello")).to_be_visible()


def test_a_bot_can_be_written_to_before_it_has_spoken(visit, bot, sandbox):
    page = visit(27)

    page.get_by_placeholder("Message or /command").fill("/hub help")
    page.keyboard.press("Enter")

    expect(bubble(page, "/hub help")).to_be_visible()
    assert [message.text for message in sandbox.shown("27")] == ["/hub help"]


def test_a_card_has_a_bar_rows_and_buttons(visit, bot):
    bot.send("27", message="Problem", attach=CARD, keyboard=[TAKE, LATER, {"TYPE": "NEWLINE"}, OPEN])
    message = bubble(visit(27), "Problem")

    expect(message.locator(".card")).to_have_attribute("data-token", "alert")
    expect(message.locator(".card dt")).to_have_text(["Host", "Value"])
    expect(message.locator(".card dd b")).to_have_text("db-02")
    expect(message.locator(".keyboard-row")).to_have_count(2)
    expect(message.get_by_role("button")).to_have_text(["Take", "Later"])
    link = message.get_by_role("link", name="Open")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(link).to_have_attribute("target", "_blank")


def test_a_click_reaches_the_bot_and_its_edit_appears_in_place(visit, bot, sandbox):
    message_id = bot.send("27", message="New lead", keyboard=[TAKE, LATER])
    page = visit(27)
    page.evaluate("window.notReloaded = true")

    page.get_by_role("button", name="Take").click()

    expect(page.locator(".keyboard.shut")).to_be_visible()
    [event] = bot.events()
    assert event["data"]["command"]["params"] == "take n7"
    assert event["data"]["user"]["id"] == 27
    bot.call(
        "Chat.Message.update", messageId=message_id, fields={"message": "Taken by Vera", "keyboard": "N"}
    )
    expect(bubble(page, "Taken by Vera")).to_contain_text("edited")
    expect(page.locator(".message")).to_have_count(1)
    expect(page.locator(".keyboard")).to_have_count(0)
    assert page.evaluate("window.notReloaded")


def test_buttons_open_again_when_the_bot_changed_the_message(visit, bot):
    message_id = bot.send("27", message="x", keyboard=[TAKE])
    page = visit(27)
    page.get_by_role("button", name="Take").press("Enter")
    expect(page.locator(".keyboard.shut")).to_be_visible()

    bot.call("Chat.Message.update", messageId=message_id, fields={"message": "y"})

    expect(page.get_by_role("button", name="Take")).to_be_focused()
    expect(page.locator(".keyboard.shut")).to_have_count(0)


def test_a_click_that_no_bot_hears_is_told(visit, bot):
    bot.send("27", message="x", keyboard=[{"TEXT": "Go", "COMMAND": "unknown"}])
    page = visit(27)

    page.get_by_role("button", name="Go").click()

    expect(page.get_by_role("alert")).to_contain_text("No bot has registered this command")


def test_buttons_can_write_for_the_reader(visit, bot):
    put = {"TEXT": "Comment", "ACTION": "PUT", "ACTION_VALUE": "/comment "}
    send = {"TEXT": "Help", "ACTION": "SEND", "ACTION_VALUE": "/hub help"}
    bot.send("27", message="x", keyboard=[put, send])
    page = visit(27)

    page.get_by_role("button", name="Comment").click()
    page.get_by_role("button", name="Help").click()

    expect(page.locator("textarea")).to_have_value("/comment ")
    expect(bubble(page, "/hub help")).to_be_visible()


def test_a_deleted_message_leaves_a_trace(visit, bot):
    message_id = bot.send("27", message="secret")
    page = visit(27)

    bot.call("Chat.Message.delete", messageId=message_id)

    expect(page.locator(".message")).to_contain_text("Message deleted")
    expect(page.locator(".log")).not_to_contain_text("secret")


def test_another_person_sees_their_own_dialogs(visit, bot):
    bot.send("27", message="for Vera")
    bot.send("31", message="for Pavel")
    page = visit(27)

    page.get_by_role("button", name=re.compile("Switch person")).click()
    page.get_by_role("link", name="Павел Волков").click()

    expect(bubble(page, "for Pavel")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("for Vera")
    page.goto(page.url.split("#")[0])
    expect(bubble(page, "for Pavel")).to_be_visible()  # remembered


def test_unread_messages_are_marked_and_then_read(visit, bot, api):
    bot.send("27", message="unread")
    page = visit(27)

    expect(page.locator(".divider")).to_have_text("Unread messages")
    expect(page.locator(".dialog .badge")).to_have_count(0)
    assert [shown["unread"] for shown in api.get("dialogs", params={"as": 27}).json()["dialogs"]] == [0, 0]


def test_older_messages_load_while_scrolling_up(visit, bot, sandbox):
    for number in range(90):
        sandbox.say(27, bot.id, f"message {number}")
    page = visit(27, bot.id)
    expect(bubble(page, "message 89")).to_be_in_viewport()
    assert page.locator(".message").count() < 90

    scroller = page.locator("#scroller")
    for loaded in (80, 90):
        scroller.evaluate("node => { node.scrollTop = 0 }")
        expect(page.locator(".message")).to_have_count(loaded)

    texts = page.locator(".message .text").all_inner_texts()
    assert [text.split("\n")[0] for text in texts] == [f"message {number}" for number in range(90)]


def test_new_messages_wait_below_while_reading_older_ones(visit, bot, sandbox):
    for number in range(30):
        sandbox.say(27, bot.id, f"message {number}")
    page = visit(27, bot.id)
    expect(bubble(page, "message 29")).to_be_in_viewport()
    page.locator("#scroller").evaluate("node => { node.scrollTop = 0 }")
    expect(page.get_by_role("button", name="To the newest")).to_be_visible()

    bot.send("27", message="breaking news")

    pill = page.get_by_role("button", name="1 new message")
    expect(pill).to_be_visible()
    expect(bubble(page, "breaking news")).not_to_be_in_viewport()
    pill.click()
    expect(bubble(page, "breaking news")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_the_bell_counts_and_lists_notifications(visit, webhook):
    webhook.result("im.notify.system.add", USER_ID=27, MESSAGE="You left [b]Sales[/b]")
    page = visit(27)

    page.get_by_role("button", name="1 new notification").click()

    expect(page.locator("#notices .notice b")).to_have_text("Sales")
    expect(page.get_by_role("button", name="Notifications")).to_be_visible()


def test_a_lost_connection_is_shown_and_what_was_missed_appears(visit, start):
    with Sandbox.running() as first:
        page = visit(27, url=first.url)
    expect(page.get_by_role("status")).to_have_text("Connection lost, trying again…")

    second = start(port=int(first.url.rsplit(":", 1)[1]))
    second.say(31, "27", "written in between")
    page.evaluate("window.dispatchEvent(new Event('online'))")  # do not wait for the browser's own next try

    expect(page.get_by_role("status")).to_contain_text("live")
    expect(page.get_by_role("navigation")).to_contain_text("written in between")


def test_the_keyboard_is_enough(visit, bot, sandbox):
    bot.send("27", message="hello")
    bot.send("chat1157", message="to the sales")
    page = visit(27)
    expect(page.get_by_role("heading", level=1)).to_have_text("Продажи")

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("hub")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hub")
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(bubble(page, "one\ntwo")).to_be_visible()
    expect(page.locator(".dialog").first).to_contain_text("one two")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Hub")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", level=1)).to_have_text("Продажи")
    expect(page.get_by_role("link", name="Продажи")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert sandbox.shown("27")[-1].text == "one\ntwo"


def test_a_phone_shows_one_column_and_never_scrolls_sideways(visit, bot, browser):
    wide_card = {"BLOCKS": [{"MESSAGE": LONG}, {"GRID": [{"DISPLAY": "ROW", "NAME": LONG, "VALUE": LONG}]}]}
    bot.send("27", message=LONG, attach=wide_card, keyboard=[{**TAKE, "TEXT": LONG}, LATER, OPEN])
    page = visit(27, context=browser.new_context(viewport=PHONE, locale="en-GB"))
    expect(page.get_by_role("main")).to_be_hidden()

    page.get_by_role("link", name="Hub").click()

    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("button", name="Later")).to_be_visible()
    for part in ("html", "#scroller", ".bubble"):
        assert page.locator(part).evaluate("node => node.scrollWidth <= node.clientWidth"), part
    page.get_by_role("button", name="Back to the dialogs").click()
    expect(page.get_by_role("navigation")).to_be_visible()


def test_a_russian_browser_reads_russian(visit, bot, browser):
    bot.send("27", message="привет")
    page = visit(27, "chat1157", context=browser.new_context(locale="ru-RU"))

    expect(page.get_by_label("1 непрочитанное сообщение")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ru")


def test_a_reset_portal_starts_over_on_open_pages(visit, bot, sandbox):
    bot.send("27", message="hello")
    page = visit(27)
    expect(bubble(page, "hello")).to_be_visible()

    sandbox.reset()

    expect(page.locator("body")).not_to_contain_text("hello")
