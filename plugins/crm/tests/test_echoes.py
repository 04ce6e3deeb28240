"""The portal may tell of what somebody did through the hub before it answers the hub."""

import pytest

from hub.plugin import CommandCall, PortalObject
from hub.testing import FakeContext, FakeUser
from hub_plugin_crm import CrmPlugin
from hub_plugin_crm.settings import CrmSettings

VERA, EMMA = 27, 33
LEAD = PortalObject(kind="lead", id="901", event="ONCRMLEADUPDATE")


@pytest.fixture
def ctx():
    ctx = FakeContext("crm")
    for id, name in ((VERA, "Vera"), (EMMA, "Emma")):
        ctx.portal.add(FakeUser(id=str(id), name=name))
    return ctx


def test_the_echo_of_a_click_may_come_before_its_answer(ctx):
    plugin = CrmPlugin(CrmSettings(), ctx)
    leads = next(iter(plugin.portal_sources()))
    take = next(iter(plugin.commands()))
    lead = {"id": 901, "title": "Cameras", "stageId": "NEW", "assignedById": EMMA}
    echoed = []

    def update(params):
        lead.update(params["fields"])
        echoed.extend(leads.notify([LEAD]))
        return {"item": lead}

    ctx.portal.answers |= {
        "method.get": {"isExisting": True, "isAvailable": True},
        "crm.item.list": lambda params: {"items": [dict(lead)]},
        "crm.item.update": update,
        "crm.timeline.comment.add": 1,
    }
    assert list(leads.notify([LEAD])) == []  # the lead is seen for the first time
    take.handler(CommandCall(id="a1", actor=str(VERA), args={"lead": "901"}, dialog=str(VERA)))

    assert (lead["stageId"], lead["assignedById"]) == ("IN_PROCESS", VERA)
    assert echoed == []
