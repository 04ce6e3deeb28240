"""Every way a portal can refuse, and what the hub is told to do next."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hub.bitrix24 import errors as e

SEND = "imbot.v2.Chat.Message.send"
UPDATE = "imbot.v2.Chat.Message.update"
HTML = "<html><body>502 Bad Gateway</body></html>"

ROWS = [
    # method, HTTP status, error, description, class
    ("crm.deal.get", 503, "QUERY_LIMIT_EXCEEDED", "Too many requests", e.RateLimited),
    ("crm.deal.get", 429, "OPERATION_TIME_LIMIT", "Method is blocked", e.OperatingLimit),
    ("crm.deal.get", 429, "SOMETHING_ELSE", "", e.RateLimited),
    ("crm.deal.get", 503, "OVERLOAD_LIMIT", "REST API is blocked due to overload", e.PortalClosed),
    (SEND, 500, "INTERNAL_SERVER_ERROR", "", e.OutcomeUnknown),
    (SEND, 500, "ERROR_UNEXPECTED_ANSWER", "", e.OutcomeUnknown),
    (SEND, 500, "NEVER_SEEN", "", e.OutcomeUnknown),
    (SEND, 400, "SENDING_FAILED", "Sending failed", e.OutcomeUnknown),
    (SEND, 400, "MESSAGE_DUPLICATED_BY_UUID", "", e.OutcomeUnknown),
    ("profile", 500, "PORTAL_DELETED", "", e.PortalClosed),
    ("profile", 410, "GONE", "", e.PortalClosed),
    ("profile", 401, "PAYMENT_REQUIRED", "", e.PortalClosed),
    ("profile", 401, "expired_token", "", e.TokenExpired),
    ("profile", 401, "NO_AUTH_FOUND", "Wrong authorization data", e.CredentialsDead),
    ("profile", 401, "invalid_token", "", e.CredentialsDead),
    ("profile", 401, "authorization_error", "", e.CredentialsDead),
    ("profile", 401, "APPLICATION_NOT_FOUND", "", e.CredentialsDead),
    ("profile", 401, "ERROR_OAUTH", "", e.CredentialsDead),
    ("profile", 401, "INVALID_CREDENTIALS", "", e.CredentialsDead),
    ("profile", 403, "INVALID_CREDENTIALS", "", e.CredentialsDead),
    ("profile", 400, "invalid_grant", "", e.CredentialsDead),
    ("profile", 403, "user_access_error", "", e.CredentialsDead),
    ("profile", 401, "NEVER_SEEN", "", e.CredentialsDead),
    ("crm.deal.get", 403, "insufficient_scope", "", e.AccessRefused),
    ("app.info", 400, "ACCESS_DENIED", "Application context required", e.AccessRefused),
    ("crm.item.get", 403, "ACCESS_DENIED", "", e.AccessRefused),
    (SEND, 403, "ACCESS_DENIED", "REST is available only on commercial plans", e.PortalClosed),
    ("event.bind", 403, "WRONG_AUTH_TYPE", "", e.AccessRefused),
    ("im.notify", 401, "METHOD_CONFIRM_WAITING", "", e.AccessRefused),
    ("im.notify", 403, "METHOD_CONFIRM_DENIED", "", e.AccessRefused),
    ("crm.item.get", 400, "allowed_only_intranet_user", "", e.AccessRefused),
    ("tasks.task.complete", 400, "1048582", "Action not allowed", e.AccessRefused),
    ("crm.deal.get", 403, "NEVER_SEEN", "", e.AccessRefused),
    ("no.such", 404, "ERROR_METHOD_NOT_FOUND", "Method not found!", e.MethodUnknown),
    ("profile", 404, "ERROR_MANIFEST_IS_NOT_AVAILABLE", "", e.Refused),
    ("profile", 400, "INVALID_REQUEST", "Https required", e.Refused),
    ("batch", 405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "", e.Refused),
    ("batch", 400, "ERROR_BATCH_LENGTH_EXCEEDED", "", e.Refused),
    ("crm.deal.add", 400, "ERROR_CORE", "", e.Refused),
    ("crm.deal.add", 400, "ERROR_ARGUMENT", "", e.Refused),
    ("crm.deal.add", 400, "ERROR_REQUIRED_PARAMETERS_MISSING", "", e.Refused),
    ("tasks.task.list", 400, "0", "Invalid sorting key", e.Refused),
    ("tasks.task.get", 400, "100", "", e.Refused),
    ("crm.deal.get", 400, "", "Not found", e.NotFound),
    ("crm.deal.get", 400, "", "ID is not defined or invalid.", e.Refused),
    ("crm.item.get", 400, "NOT_FOUND", "", e.NotFound),
    ("imbot.v2.Command.update", 400, "COMMAND_NOT_FOUND", "", e.NotFound),
    (SEND, 403, "ACCESS_DENIED", "Access denied", e.RecipientRefused),
    (SEND, 403, "access_denied", "Access denied", e.RecipientRefused),
    ("imbot.message.add", 400, "WRONG_REQUEST", "", e.RecipientRefused),
    ("im.notify.system.add", 400, "USER_ID_EMPTY", "", e.RecipientRefused),
    ("imbot.message.add", 400, "DIALOG_ID_EMPTY", "", e.RecipientRefused),
    (SEND, 400, "EMPTY_MESSAGE", "", e.MessageRefused),
    (SEND, 400, "ATTACH_ERROR", "", e.MessageRefused),
    (SEND, 400, "ATTACH_OVERSIZE", "", e.MessageRefused),
    (SEND, 400, "KEYBOARD_ERROR", "", e.MessageRefused),
    (SEND, 400, "KEYBOARD_OVERSIZE", "", e.MessageRefused),
    (UPDATE, 403, "ACCESS_DENIED", "", e.EditRefused),
    ("imbot.message.update", 403, "CANT_EDIT_MESSAGE", "", e.EditRefused),
    (SEND, 400, "BOT_NOT_FOUND", "", e.BotRefused),
    (SEND, 403, "BOT_OWNERSHIP_ERROR", "", e.BotRefused),
    (SEND, 400, "BOT_TOKEN_NOT_SPECIFIED", "", e.BotRefused),
    ("imbot.v2.Bot.register", 400, "BOT_CODE_ALREADY_TAKEN", "", e.BotRefused),
    ("imbot.message.add", 400, "APP_ID_ERROR", "", e.BotRefused),
    ("imbot.message.add", 400, "BOT_ID_ERROR", "Bot not found", e.BotRefused),
    ("imbot.message.add", 403, "ACCESS_DENIED", "Access denied! Client ID not specified", e.BotRefused),
    ("imbot.command.update", 400, "COMMAND_ID_ERROR", "Command not found", e.NotFound),
    ("imbot.command.update", 400, "WRONG_REQUEST", "Command can't be updated", e.Refused),
    ("imbot.chat.add", 400, "WRONG_REQUEST", "Chat can't be created", e.Refused),
    ("imbot.chat.user.add", 400, "WRONG_REQUEST", "You don't have access", e.AccessRefused),
    ("im.chat.user.add", 403, "ACCESS_ERROR", "It is forbidden to add users", e.AccessRefused),
    ("im.chat.user.add", 400, "ACCESS_DENIED_EXTEND", "Insufficient permissions", e.AccessRefused),
    ("imbot.v2.Chat.User.add", 403, "ACCESS_DENIED", "Access denied", e.AccessRefused),
]


@pytest.mark.parametrize(
    ("method", "status", "code", "description", "expected"),
    ROWS,
    ids=[f"{row[2] or 'empty code'}-{row[1]}-{row[0].rsplit('.')[-1]}-{row[4].__name__}" for row in ROWS],
)
def test_each_refusal_says_what_to_do_next(
    client, portal, error, method, status, code, description, expected
):
    portal.answers[method] = error(code, description, status)

    with pytest.raises(e.PortalError) as caught:
        client.call(method)

    assert type(caught.value) is expected
    assert caught.value.method == method
    assert caught.value.code == code


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(502, text=HTML),
        httpx.Response(404, text=HTML),
        httpx.Response(200, text=HTML),
        httpx.Response(200, text=""),
        httpx.Response(200, json=[1, 2]),
        httpx.Response(200, json={"time": {}}),
    ],
    ids=["html-502", "html-404", "html-200", "empty", "list", "no-result"],
)
def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(client, portal, response):
    portal.answers[SEND] = response

    with pytest.raises(e.OutcomeUnknown):
        client.call(SEND)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx.ConnectError("refused"), e.Unreachable),
        (httpx.ConnectTimeout("slow"), e.Unreachable),
        (httpx.PoolTimeout("busy"), e.Unreachable),
        (httpx.WriteError("reset"), e.Unreachable),
        (httpx.WriteTimeout("slow"), e.Unreachable),
        (httpx.ProxyError("no"), e.Unreachable),
        (httpx.ReadTimeout("slow"), e.OutcomeUnknown),
        (httpx.ReadError("reset"), e.OutcomeUnknown),
        (httpx.RemoteProtocolError("disconnected"), e.OutcomeUnknown),
        (httpx.DecodingError("gzip"), e.OutcomeUnknown),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_trouble_on_the_wire_says_whether_anything_can_have_happened(client, portal, failure, expected):
    portal.answers[SEND] = failure

    with pytest.raises(e.PortalError) as caught:
        client.call(SEND)

    assert type(caught.value) is expected


def test_an_error_object_of_rest_3_is_read(client, portal):
    body = {
        "code": "BITRIX_REST_V3_EXCEPTION_VALIDATION",
        "message": "Error <b>validating</b>",
        "validation": [],
    }
    portal.answers["tasks.task.get"] = httpx.Response(400, json={"error": body})

    with pytest.raises(e.Refused) as caught:
        client.call("tasks.task.get")

    assert (caught.value.code, caught.value.description) == (
        "BITRIX_REST_V3_EXCEPTION_VALIDATION",
        "Error validating",
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("BITRIX_REST_V3_EXCEPTION_METHODNOTFOUNDEXCEPTION", e.MethodUnknown),
        ("BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", e.NotFound),
    ],
)
def test_rest_3_says_by_name_what_is_missing(client, portal, code, expected):
    portal.answers["x.get"] = httpx.Response(404, json={"error": {"code": code, "message": "no"}})

    with pytest.raises(expected):
        client.call("x.get")


def test_an_error_in_a_200_answer_is_an_error(client, portal, error):
    portal.answers["crm.deal.get"] = error("NOT_FOUND", "gone", 200)

    with pytest.raises(e.NotFound):
        client.call("crm.deal.get")


def test_markup_in_a_description_becomes_plain_text(client, portal, error):
    portal.answers["crm.lead.add"] = error("", "Field<br>&quot;Title&quot;<br/>is\n required")

    with pytest.raises(e.Refused) as caught:
        client.call("crm.lead.add")

    assert caught.value.description == 'Field "Title" is required'


def test_a_wait_that_the_portal_asks_for_is_passed_on(client, portal):
    body = {"error": "QUERY_LIMIT_EXCEEDED"}
    portal.answers["profile"] = httpx.Response(503, json=body, headers={"Retry-After": "7"})

    with pytest.raises(e.RateLimited) as caught:
        client.call("profile")

    assert caught.value.retry_after == timedelta(seconds=7)


def test_a_blocked_method_says_until_when(client, portal, error, clock):
    portal.answers["crm.deal.list"] = error("OPERATION_TIME_LIMIT", status=429)

    with pytest.raises(e.OperatingLimit) as caught:
        client.call("crm.deal.list")

    assert caught.value.reset_at == datetime.fromtimestamp(clock.now + 10, UTC)
    assert caught.value.method == "crm.deal.list"


def test_the_tree_drawn_in_the_docstring_is_the_tree():
    def draw(kind: type, depth: int = 0) -> list[tuple[int, str]]:
        below = [
            line
            for sub in kind.__subclasses__()
            if sub.__module__ == e.__name__
            for line in draw(sub, depth + 1)
        ]
        return [(depth, kind.__name__), *below]

    drawn = []
    for line in (e.__doc__ or "").splitlines()[4:]:
        name = next((word for word in line.split() if word.isalpha()), None)
        if name and ("──" in line or name == "PortalError"):
            drawn.append(((line.index(name) - 4) // 4, name))

    assert drawn == draw(e.PortalError)
