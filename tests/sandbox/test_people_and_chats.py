"""People, departments, groups."""

import pytest


def test_users_are_found_by_id_email_department_and_activity(webhook):
    def ids(**wanted):
        return [row["ID"] for row in webhook.result("user.get", FILTER=wanted)]

    assert ids(ID=[27, 31]) == ["27", "31"]
    assert ids(EMAIL="vera@company.example") == ["27"]
    assert ids(UF_DEPARTMENT=8) == ["35", "37"]
    assert ids(ACTIVE=False) == ["41"]
    assert "41" not in ids(ACTIVE=True)


def test_users_lack_nothing_a_reader_needs(webhook):
    [row] = webhook.result("user.get", FILTER={"ID": 27})

    assert (row["ACTIVE"], row["TIME_ZONE"], row["UF_DEPARTMENT"]) == (True, "Europe/Moscow", [7])


def test_pages_have_fifty_rows_and_a_total(webhook):
    for n in range(60):
        webhook.result("crm.lead.add", fields={"TITLE": f"Lead {n}"})
    first = webhook.http.post("crm.lead.list", json={"start": 0}).json()
    second = webhook.http.post("crm.lead.list", json={"start": first["next"]}).json()
    uncounted = webhook.http.post("crm.lead.list", json={"start": -1}).json()

    assert (len(first["result"]), first["next"], first["total"]) == (50, 50, 64)
    assert (len(second["result"]), "next" in second) == (14, False)
    assert (uncounted["total"], "next" in uncounted) == (0, False)


def test_departments_form_a_tree_with_gaps(webhook):
    rows = {row["ID"]: row for row in webhook.result("department.get")}

    assert rows["7"]["PARENT"] == "1"
    assert "UF_HEAD" not in rows["8"]
    assert rows["9"]["UF_HEAD"] == "41"
    assert webhook.result("im.department.managers.get", ID=[7, 8]) == {"7": [31], "8": []}


def test_somebody_is_away(webhook):
    assert webhook.result("im.user.get", ID=37)["absent"]
    assert webhook.result("im.user.get", ID=27)["absent"] is False


def test_a_bot_opens_a_group_it_owns(bot, sandbox):
    chat = bot.call("Chat.add", fields={"title": "Alerts", "userIds": [27, 31]})["chat"]
    bot.send(chat["dialogId"], message="x")

    assert (chat["owner"], chat["userCounter"]) == (bot.id, 3)
    assert [user["id"] for user in bot.call("Chat.User.list", dialogId=chat["dialogId"])] == [bot.id, 27, 31]


def test_the_key_users_of_a_new_group_is_ignored(bot, sandbox):
    chat = bot.call("Chat.add", fields={"title": "Alerts", "users": [27]})["chat"]

    assert chat["userCounter"] == 1
    assert sandbox.warnings() == ["imbot.v2.Chat.add: parameter fields.users is not known and was ignored"]


def test_members_come_and_go(bot):
    dialog = bot.call("Chat.add", fields={"title": "Alerts"})["chat"]["dialogId"]
    bot.call("Chat.User.add", dialogId=dialog, userIds=[27])
    bot.call("Chat.User.delete", dialogId=dialog, userId=27)

    assert bot.call("Chat.get", dialogId=dialog)["chat"]["userCounter"] == 1
    assert bot.refusal("Chat.User.add", dialogId=dialog, userIds=[]) == (400, "EMPTY_USER_IDS")


def test_a_bot_takes_people_in_only_where_it_is_an_administrator(bot):
    assert bot.refusal("Chat.User.add", dialogId="chat1157", userIds=[27]) == (403, "ACCESS_DENIED")


def test_dismissed_people_are_left_out_of_a_group_in_silence(bot):
    chat = bot.call("Chat.add", fields={"title": "Alerts", "userIds": [27, 41, 9999]})["chat"]

    assert chat["userCounter"] == 2


@pytest.mark.parametrize(
    ("adders", "users", "error"),
    [
        ("member", [27], (400, "WRONG_REQUEST")),
        ("member", 37, (400, "WRONG_REQUEST")),
        ("owner", [37], (403, "ACCESS_DENIED_EXTEND")),
    ],
    ids=["a member already", "not a list", "no right to"],
)
def test_nobody_is_added_to_a_group(webhook, sandbox, adders, users, error):
    dialog = sandbox.open_chat("Old", [31, 1, 27])
    sandbox.change_chat(dialog, adders=adders)

    assert webhook.refusal("im.chat.user.add", CHAT_ID=dialog.removeprefix("chat"), USERS=users) == error


def test_a_version_one_bot_opens_a_group_and_knows_its_members(webhook, sandbox):
    owner = {"CLIENT_ID": "mine"}
    given = {"CODE": "old", "EVENT_HANDLER": "https://hub.example/events", "PROPERTIES": {"NAME": "Old"}}
    bot = webhook.result("imbot.register", **given, **owner)

    chat = webhook.result("imbot.chat.add", TITLE="Alerts", USERS=[27], **owner)

    assert webhook.result("imbot.chat.user.list", CHAT_ID=chat, **owner) == [bot, 27]
    assert webhook.refusal("im.chat.user.list", CHAT_ID=chat) == (403, "ACCESS_ERROR")
    assert webhook.refusal("imbot.chat.add", USERS="27", **owner) == (400, "INVALID_FORMAT")


def test_only_members_add_to_a_group(webhook, bot):
    assert webhook.refusal("im.chat.user.add", CHAT_ID=1160, USERS=[bot.id])[1] == "ACCESS_ERROR"


def test_the_calling_user_reads_only_its_own_dialogs(webhook, bot):
    message_id = bot.send("chat1157", message="x", templateId="8d6f0f3e-7c1b-4b52-9a55-2f4f6a1b7c90")
    bot.send("27")
    group = webhook.result("im.dialog.messages.get", DIALOG_ID="chat1157")

    assert [(m["id"], m["uuid"]) for m in group["messages"]] == [
        (message_id, "8d6f0f3e-7c1b-4b52-9a55-2f4f6a1b7c90")
    ]
    assert webhook.refusal("im.dialog.messages.get", DIALOG_ID="chat1160") == (403, "ACCESS_DENIED")


def test_a_dialog_tells_who_read_it(webhook, bot, sandbox):
    message_id = bot.send("chat1157")
    sandbox.read(27, "chat1157")
    views = webhook.result("im.dialog.get", DIALOG_ID="chat1157")["last_message_views"]

    assert (views["message_id"], [viewer["user_id"] for viewer in views["first_viewers"]]) == (
        message_id,
        [27],
    )


@pytest.mark.parametrize("user", [41, 9999])
def test_notifying_nobody_answers_false(webhook, user):
    assert webhook.result("im.notify.system.add", USER_ID=user, MESSAGE="x") is False
