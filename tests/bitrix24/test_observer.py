"""Somebody is told how every call went."""

import httpx
import pytest

from hub.bitrix24 import Call, execute
from hub.bitrix24.errors import Unreachable


class Ledger:
    """Writes down what it is told."""

    def __init__(self):
        self.calls = []
        self.requests = []

    def called(self, method, error):
        self.calls.append((method, "ok" if error is None else type(error).__name__))

    def answered(self, method, seconds):
        self.requests.append((method, seconds >= 0))


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def client(make_client, ledger):
    return make_client(observer=ledger)


def test_a_call_that_works_is_told_with_its_time(client, portal, ledger):
    portal.answers["crm.deal.get"] = {"ID": "1"}

    client.call("crm.deal.get")

    assert (ledger.calls, ledger.requests) == ([("crm.deal.get", "ok")], [("crm.deal.get", True)])


def test_the_calls_inside_a_batch_are_told_one_by_one(client, portal, ledger, error):
    portal.answers["crm.deal.get"] = {"ID": "1"}
    portal.answers["crm.lead.get"] = error("NOT_FOUND", "Not found")

    execute(client, [Call("crm.deal.get"), Call("crm.lead.get"), Call("crm.deal.get")], halt=True)

    # the last one was not tried
    assert ledger.calls == [("batch", "ok"), ("crm.deal.get", "ok"), ("crm.lead.get", "NotFound")]
    assert [method for method, _ in ledger.requests] == ["batch"]


def test_a_batch_that_did_not_get_through_is_told_for_each_of_its_calls(make_client, ledger):
    def away(request):
        raise httpx.ConnectError("no route")

    client = make_client(observer=ledger, transport=httpx.MockTransport(away))

    outcomes = execute(client, [Call("crm.deal.get"), Call("crm.lead.get")])

    assert all(isinstance(outcome.error, Unreachable) for outcome in outcomes)
    assert {outcome for _, outcome in ledger.calls} == {"Unreachable"}
    assert [method for method, _ in ledger.calls] == ["batch", "crm.deal.get", "crm.lead.get"]
