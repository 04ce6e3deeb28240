"""The CRM of a fresh portal: a few leads, deals in two funnels, two clients."""

from typing import Any

from hub.sandbox.crm_model import CrmRow
from hub.sandbox.crm_store import DEAL, LEAD, CrmStore
from hub.sandbox.portal import Portal

_LEADS: tuple[dict[str, Any], ...] = (
    {"TITLE": "Заявка с сайта: 40 камер", "NAME": "Юрий", "LAST_NAME": "Антонов", "ASSIGNED_BY_ID": 27},
    {"TITLE": "Звонок: вторая линия", "SOURCE_ID": "CALL", "STATUS_ID": "IN_PROCESS", "ASSIGNED_BY_ID": 33},
    {"TITLE": "Warehouse in Riga", "CURRENCY_ID": "EUR", "OPPORTUNITY": 18000, "ASSIGNED_BY_ID": 33},
    {"TITLE": "Спам", "STATUS_ID": "JUNK", "ASSIGNED_BY_ID": 35},
)
_DEALS: tuple[dict[str, Any], ...] = (
    {
        "TITLE": "Солнечная крыша",
        "STAGE_ID": "C1:EXECUTING",
        "OPPORTUNITY": 1250000,
        "ASSIGNED_BY_ID": 27,
        "COMPANY_ID": 9,
        "CONTACT_ID": 81,
    },
    {
        "TITLE": "Видеонаблюдение, склад 4",
        "STAGE_ID": "PREPARATION",
        "OPPORTUNITY": 480000,
        "ASSIGNED_BY_ID": 33,
    },
    {"TITLE": "Support contract 2027", "CURRENCY_ID": "EUR", "OPPORTUNITY": 12500, "ASSIGNED_BY_ID": 31},
    {"TITLE": "Монтаж, офис на Лесной", "STAGE_ID": "C1:NEW", "OPPORTUNITY": 96000.5, "ASSIGNED_BY_ID": 35},
    {"TITLE": "Пилот [b]не вышел[/b]", "STAGE_ID": "LOSE", "ASSIGNED_BY_ID": 37},
)


def settle_crm(portal: Portal) -> None:
    """Fill an empty CRM."""
    store = CrmStore(portal)
    portal.companies.put(
        CrmRow(
            id=portal.companies.next_id(),
            fields={"COMPANY_TYPE": "CUSTOMER", "TITLE": "ООО «Северный склад»", "ASSIGNED_BY_ID": "27"},
        )
    )
    portal.contacts.put(
        CrmRow(
            id=portal.contacts.next_id(),
            fields={
                "NAME": "Ольга",
                "LAST_NAME": "Рыбакова",
                "SECOND_NAME": "",
                "TYPE_ID": "CLIENT",
                "COMPANY_ID": "9",
                "HAS_PHONE": "Y",
                "HAS_EMAIL": "Y",
                "ASSIGNED_BY_ID": "27",
                "PHONE": [{"ID": "156", "VALUE_TYPE": "WORK", "VALUE": "+70000000000", "TYPE_ID": "PHONE"}],
                "EMAIL": [
                    {"ID": "158", "VALUE_TYPE": "WORK", "VALUE": "olga@client.example", "TYPE_ID": "EMAIL"}
                ],
            },
        )
    )
    for lead in _LEADS:
        store.add(LEAD, lead, by=1)
    for deal in _DEALS:
        store.add(DEAL, deal, by=1)
