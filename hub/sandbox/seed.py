"""Who lives in a fresh portal: people, departments and group chats."""

from datetime import timedelta

from hub.sandbox.model import Chat, Department, Person
from hub.sandbox.portal import Portal
from hub.sandbox.seed_crm import settle_crm
from hub.sandbox.seed_tasks import settle_tasks

_DEPARTMENTS = (
    Department(id=1, name="Компания", head=1),
    Department(id=5, name="Инфраструктура", parent=1, head=17),
    Department(id=7, name="Продажи", parent=1, head=31),
    Department(id=8, name="Продажи, Восток", parent=7),  # nobody leads it
    Department(id=9, name="Бухгалтерия", parent=1, head=41),  # its head has left
    Department(id=12, name="Support", parent=5, head=23),
)

_PEOPLE = (
    Person(
        id=1,
        first_name="Анна",
        last_name="Смирнова",
        position="Директор",
        email="anna@company.example",
        gender="F",
        admin=True,
        departments=(1,),
        color="#8474c8",
    ),
    Person(
        id=17,
        first_name="Дмитрий",
        last_name="Орлов",
        position="Руководитель инфраструктуры",
        email="orlov@company.example",
        time_zone="Europe/Moscow",
        departments=(5,),
        color="#29619b",
    ),
    Person(
        id=19,
        first_name="Olga",
        last_name="Petrova",
        position="Site reliability engineer",
        email="olga@company.example",
        gender="F",
        time_zone="Europe/Belgrade",
        departments=(5,),
        color="#1eb4aa",
    ),
    Person(
        id=23,
        first_name="James",
        last_name="Carter",
        position="Head of support",
        email="james@company.example",
        time_zone="Europe/London",
        departments=(12,),
        color="#4ba5c3",
    ),
    Person(
        id=25,
        first_name="Мария",
        last_name="Кузнецова",
        position="Инженер поддержки",
        email="maria@company.example",
        gender="F",
        time_zone="Asia/Novosibirsk",
        departments=(12,),
        color="#f76187",
    ),
    Person(
        id=27,
        first_name="Вера",
        last_name="Соколова",
        position="Менеджер по продажам",
        email="vera@company.example",
        gender="F",
        time_zone="Europe/Moscow",
        departments=(7,),
        color="#df532d",
    ),
    Person(
        id=31,
        first_name="Павел",
        last_name="Волков",
        position="Руководитель продаж",
        email="volkov@company.example",
        departments=(7,),
        color="#64a513",
    ),
    Person(
        id=33,
        first_name="Emma",
        last_name="Larsen",
        position="Account manager",
        email="emma@company.example",
        gender="F",
        time_zone="Europe/Copenhagen",
        departments=(7,),
        color="#ab7761",
    ),
    Person(
        id=35,
        first_name="Тимур",
        last_name="Ахметов",
        position="Менеджер по продажам",
        email="timur@company.example",
        time_zone="Asia/Yekaterinburg",
        departments=(8,),
        color="#ba9c7b",
    ),
    Person(
        id=37,
        first_name="Светлана",
        last_name="Ким",
        position="Менеджер по продажам",
        email="kim@company.example",
        gender="F",
        time_zone="Asia/Vladivostok",
        departments=(7, 8),
        color="#4ba984",
    ),
    Person(
        id=39,
        first_name="Наталья",
        last_name="Белова",
        position="Бухгалтер",
        email="belova@company.example",
        gender="F",
        departments=(9,),
        color="#728f7a",
    ),
    Person(
        id=41,
        first_name="Игорь",
        last_name="Фёдоров",
        position="Главный бухгалтер",
        email="fedorov@company.example",
        active=False,
        departments=(9,),
        color="#909090",
    ),
    Person(
        id=43,
        first_name="Lucas",
        last_name="Meyer",
        position="DevOps engineer",
        email="lucas@company.example",
        time_zone="Europe/Berlin",
        departments=(5,),
        color="#556574",
    ),
    Person(
        id=51,
        first_name="Chloé",
        last_name="Bernard",
        position="Partner",
        email="chloe@partner.example",
        gender="F",
        time_zone="Europe/Paris",
        extranet=True,
        color="#5e5f5e",
    ),
)


def settle(portal: Portal) -> None:
    """Fill an empty portal: 14 people, one of them gone and one a guest, and their work.

    Chat 1157 takes in every bot that registers, chat 1160 does not.
    """
    for department in _DEPARTMENTS:
        portal.departments.put(department)
    for person in _PEOPLE:
        portal.people.put(person)
    away = portal.clock.now() + timedelta(days=9)
    portal.people.put(portal.people[37].model_copy(update={"absent_until": away}))
    founded = portal.clock.now() - timedelta(days=70)
    portal.chats.put(
        Chat(
            id=1157,
            kind="chat",
            title="Продажи",
            members=(31, 27, 33, 35, 37, 1),
            owner=31,
            managers=(31,),
            welcomes_bots=True,
            created_at=founded,
        )
    )
    portal.chats.put(
        Chat(
            id=1160,
            kind="chat",
            title="On-call",
            members=(17, 19, 43),
            owner=17,
            managers=(17,),
            color="#29619b",
            created_at=founded,
        )
    )
    portal.chats.reserve(1200)
    settle_crm(portal)
    settle_tasks(portal)


def start_over(portal: Portal) -> None:
    """Forget what happened and fill the portal anew; open pages are told."""
    with portal.lock:
        portal.reset()
        settle(portal)
        portal.feed.publish("dialog", frozenset(person.id for person in portal.people))
