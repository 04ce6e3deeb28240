"""How version 2 of the bot API and `im.*` show users, bots, chats and messages."""

from hub.sandbox.clock import portal_date
from hub.sandbox.model import Bot, BotCommand, Chat, Json, Message, Person
from hub.sandbox.portal import Portal


def user_v2(user: Person | Bot) -> Json:
    """The User entity of `imbot.v2.*`."""
    bot = isinstance(user, Bot)
    person = None if isinstance(user, Bot) else user
    kind = "bot" if bot else "extranet" if person and person.extranet else "employee"
    absent = person.absent_until if person else None
    return {
        "id": user.id,
        "active": person.active if person else True,
        "name": user.name,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "workPosition": user.position,
        "color": user.color,
        "avatar": "",
        "gender": user.gender,
        "birthday": "",
        "extranet": person.extranet if person else False,
        "bot": bot,
        "connector": False,
        "externalAuthId": "bot" if bot else "default",
        "status": "online",
        "idle": False,
        "lastActivityDate": False,
        "absent": portal_date(absent) if absent else False,
        "departments": list(person.departments) if person else [],
        "phones": False,
        "type": kind,
        "website": "",
        "email": person.email if person else "",
    }


def user_v1(user: Person | Bot) -> Json:
    """The user of `im.user.get`."""
    shown = user_v2(user)
    return {
        "id": shown["id"],
        "active": shown["active"],
        "name": shown["name"],
        "first_name": shown["firstName"],
        "last_name": shown["lastName"],
        "work_position": shown["workPosition"],
        "color": shown["color"],
        "avatar": "",
        "avatar_hr": "",
        "gender": shown["gender"],
        "birthday": "",
        "extranet": shown["extranet"],
        "network": False,
        "bot": shown["bot"],
        "connector": False,
        "external_auth_id": shown["externalAuthId"],
        "status": "online",
        "idle": False,
        "last_activity_date": False,
        "mobile_last_date": False,
        "desktop_last_date": False,
        "absent": shown["absent"],
        "departments": shown["departments"],
        "phones": False,
        "website": "",
        "email": shown["email"],
        "bot_data": None,
        "type": "bot" if shown["bot"] else "user",
    }


def bot_v2(portal: Portal, bot: Bot) -> Json:
    """The Bot entity as its owner sees it."""
    chats = [chat for chat in portal.chats if bot.id in chat.members]
    return {
        "id": bot.id,
        "code": bot.code,
        "type": bot.type,
        "isHidden": bot.hidden,
        "isSupportOpenline": bot.openline,
        "isReactionsEnabled": bot.reactions,
        "backgroundId": bot.background,
        "language": portal.options.language,
        "moduleId": "rest",
        "eventMode": bot.event_mode,
        "countMessage": 0,
        "countCommand": sum(command.bot_id == bot.id for command in portal.commands),
        "countChat": sum(chat.kind == "chat" for chat in chats),
        "countUser": sum(chat.kind == "private" for chat in chats),
    }


def command_v2(command: BotCommand) -> Json:
    """The Command entity."""
    return {
        "id": command.id,
        "botId": command.bot_id,
        "command": f"/{command.command}",
        "common": command.common,
        "hidden": command.hidden,
        "extranetSupport": command.extranet,
    }


def dialog_id(chat: Chat, viewer: int) -> str:
    """Return the dialog id of *chat* as *viewer* uses it: in private, the counterpart."""
    if chat.kind == "chat":
        return f"chat{chat.id}"
    return str(next((member for member in chat.members if member != viewer), viewer))


def chat_v2(chat: Chat, viewer: int) -> Json:
    """The Chat entity as events carry it."""
    return {
        "id": chat.id,
        "dialogId": dialog_id(chat, viewer),
        "type": chat.kind,
        "name": chat.title,
        "entityType": chat.entity_type,
        "owner": chat.owner,
        "avatar": "",
        "color": chat.color,
    }


def full_chat_v2(portal: Portal, chat: Chat, viewer: int) -> Json:
    """The Chat entity as methods answer it."""
    messages = portal.messages_of(chat.id)
    last_id = messages[-1].id if messages else 0
    return {
        **chat_v2(chat, viewer),
        "messageType": "C" if chat.kind == "chat" else "P",
        "description": chat.description,
        "entityId": chat.entity_id,
        "entityData1": "",
        "entityData2": "",
        "entityData3": "",
        "extranet": False,
        "role": "owner" if chat.owner == viewer else "member",
        "muteList": [],
        "managerList": list(chat.managers),
        "userCounter": len(chat.members),
        "messageCount": len(messages),
        "lastId": last_id,
        "lastMessageId": last_id,
        "lastMessageViews": "{}",
        "unreadId": None,
        "isNew": False,
        "textFieldEnabled": "Y",
        "dateCreate": portal_date(chat.created_at),
    }


def message_v2(message: Message) -> Json:
    """The Message entity; `params` is an empty list when there is nothing, as PHP writes it."""
    params: Json = {}
    if message.attach:
        params["ATTACH"] = [message.attach]
    if message.keyboard:
        params["KEYBOARD"] = list(message.keyboard)
    if message.reply_id:
        params["REPLY_ID"] = message.reply_id
    return {
        "id": message.id,
        "chatId": message.chat_id,
        "authorId": message.author_id,
        "date": portal_date(message.at),
        "text": message.text,
        "isSystem": message.system,
        "uuid": message.uuid,
        "forward": None,
        "params": params or [],
        "viewedByOthers": False,
    }
