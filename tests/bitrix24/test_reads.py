"""Reads that share requests, and lists longer than a page."""

import threading
from collections.abc import Callable

import httpx
import pytest

from hub.bitrix24 import Call, Reads
from hub.bitrix24.errors import NotFound, OutcomeUnknown, Refused

LONG = 30.0  # no test waits this long: groups go out when they are full


@pytest.fixture
def gate(portal):
    """A read under way until the test opens the gate."""
    entered, opened = threading.Event(), threading.Event()

    def wait(params):
        entered.set()
        assert opened.wait(5)
        return "slow"

    portal.answers["slow.get"] = wait
    return entered, opened


def in_threads(*work: Callable[[], object]) -> list[object]:
    results: list[object] = [None] * len(work)

    def run(place: int) -> None:
        try:
            results[place] = work[place]()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def together(reads: Reads, gate, *work: Callable[[], object]) -> list[object]:
    """Run *work* in threads while another read is under way."""
    entered, opened = gate
    slow = threading.Thread(target=lambda: reads.read("slow.get"))
    slow.start()
    assert entered.wait(5)
    try:
        return in_threads(*work)
    finally:
        opened.set()
        slow.join()


def test_a_read_on_its_own_goes_out_directly_and_at_once(client, portal):
    portal.answers["profile"] = {"ID": "1"}

    assert Reads(client, window=LONG).read("profile").result == {"ID": "1"}
    assert portal.methods == ["profile"]


def test_reads_that_meet_share_a_batch(client, portal, gate):
    portal.answers["user.get"] = lambda params: params["ID"]
    reads = Reads(client, window=LONG, size=5)
    work = [lambda n=n: reads.read("user.get", {"ID": n}).result for n in range(5)]

    results = together(reads, gate, *work)

    assert results == ["0", "1", "2", "3", "4"]
    assert portal.methods == ["slow.get", "batch"]


def test_a_group_that_stays_alone_goes_out_after_the_window(client, portal, gate):
    portal.answers["profile"] = {"ID": "1"}
    reads = Reads(client, window=0.001)

    assert together(reads, gate, lambda: reads.read("profile").result) == [{"ID": "1"}]
    assert portal.methods == ["slow.get", "profile"]


def test_more_reads_than_fit_make_several_groups(client, portal, gate):
    portal.answers["user.get"] = lambda params: params["ID"]
    reads = Reads(client, window=LONG, size=3)
    work = [lambda n=n: reads.read("user.get", {"ID": n}).result for n in range(6)]

    assert together(reads, gate, *work) == ["0", "1", "2", "3", "4", "5"]
    assert portal.methods == ["slow.get", "batch", "batch"]


def test_reads_that_come_while_the_limit_makes_others_wait_join_them(client, portal, gate, monkeypatch):
    portal.answers["user.get"] = lambda params: params["ID"]
    reads = Reads(client, window=0.001)
    entered, _ = gate
    joined: list[object] = []
    other = threading.Thread(target=lambda: joined.append(reads.read("user.get", {"ID": 2}).result))

    def wait_for_the_limit(*, priority=False):
        group = reads._open  # the first of it waits here
        other.start()
        while len(group.calls) < 2:
            assert other.is_alive()
        monkeypatch.undo()

    def first():
        monkeypatch.setattr(client.limiter, "acquire", wait_for_the_limit)
        return reads.read("user.get", {"ID": 1}).result

    assert together(reads, gate, first) == ["1"]
    other.join()
    assert entered.is_set()
    assert (portal.methods, joined) == (["slow.get", "batch"], ["2"])


def test_one_failing_read_fails_for_its_caller_only(client, portal, gate, error):
    portal.answers["user.get"] = lambda params: error("NOT_FOUND") if params["ID"] == "1" else params["ID"]
    reads = Reads(client, window=LONG, size=3)
    work = [lambda n=n: reads.read("user.get", {"ID": n}).result for n in range(3)]

    first, second, third = together(reads, gate, *work)

    assert (first, third) == ("0", "2")
    assert isinstance(second, NotFound)


def test_what_the_portal_refuses_stands_among_the_answers_of_reads_in_one_go(client, portal, error):
    portal.answers["user.get"] = lambda params: error("NOT_FOUND") if params["ID"] == "1" else params["ID"]

    first, second, third = Reads(client).each([Call("user.get", {"ID": n}) for n in range(3)])

    assert (first.result, third.result) == ("0", "2")
    assert isinstance(second, NotFound)
    assert portal.methods == ["batch"]


def test_a_lost_batch_is_read_again(client, portal, gate):
    portal.answers["user.get"] = lambda params: str(params["ID"])
    losses = iter([httpx.ReadTimeout("slow")])
    answer = portal._batch
    portal._batch = lambda params: raise_or(answer, losses, params)
    reads = Reads(client, window=0.01, size=2)
    work = [lambda n=n: reads.read("user.get", {"ID": n}).result for n in range(2)]

    assert together(reads, gate, *work) == ["0", "1"]


def raise_or(answer, losses, params):
    for loss in losses:
        raise loss
    return answer(params)


def test_a_mistake_in_one_read_does_not_reach_the_others(client, portal, gate):
    portal.answers["user.get"] = lambda params: params["ID"]
    reads = Reads(client, window=LONG, size=2)
    work = [lambda n=n: reads.read("user.get", {"ID": n}).result for n in (1, object(), 2)]

    first, second, third = together(reads, gate, *work)

    assert (first, third) == ("1", "2")
    assert isinstance(second, TypeError)


def test_many_reads_are_answered_in_their_order(client, portal):
    portal.answers["user.get"] = lambda params: params["ID"]

    answers = Reads(client).many([Call("user.get", {"ID": n}) for n in range(3)])

    assert [answer.result for answer in answers] == ["0", "1", "2"]
    assert portal.methods == ["batch"]


def test_many_reads_fail_with_the_first_that_fails(client, portal, error):
    portal.answers["user.get"] = error("NOT_FOUND")

    with pytest.raises(NotFound):
        Reads(client).many([Call("user.get")] * 3)


def deals(total: int) -> Callable:
    def answer(params):
        above = int(params["filter"][">ID"])
        assert params["order"] == {"ID": "ASC"}
        assert params["start"] == -1
        return [{"ID": str(n)} for n in range(1, total + 1) if n > above][:50]

    return answer


@pytest.mark.parametrize(("total", "requests"), [(0, 1), (49, 1), (50, 2), (120, 3)])
def test_a_list_is_paged_by_key(client, portal, total, requests):
    portal.answers["crm.deal.list"] = deals(total)

    rows = list(Reads(client).list("crm.deal.list", {"filter": {"STAGE_ID": "NEW"}, "select": ["ID"]}))

    assert [int(row["ID"]) for row in rows] == list(range(1, total + 1))
    assert len(portal.requests) == requests
    assert portal.requests[0][1]["filter"] == {"STAGE_ID": "NEW", ">ID": 0}


def test_a_list_may_start_above_a_key(client, portal):
    portal.answers["crm.deal.list"] = deals(120)

    rows = list(Reads(client).list("crm.deal.list", {"filter": {">ID": "100"}}))

    assert len(rows) == 20
    assert len(portal.requests) == 1


def test_pages_are_read_only_when_they_are_needed(client, portal):
    portal.answers["crm.deal.list"] = deals(500)

    rows = Reads(client).list("crm.deal.list")
    for _ in range(50):
        next(rows)

    assert len(portal.requests) == 1


def test_items_are_unwrapped_and_their_key_is_in_lower_case(client, portal):
    portal.answers["crm.item.list"] = {"items": [{"id": 7}]}

    assert list(Reads(client).list("crm.item.list", {"entityTypeId": 2})) == [{"id": 7}]
    assert portal.requests[0][1]["filter"] == {">id": 0}


def test_an_ignored_filter_is_noticed(client, portal):
    portal.answers["crm.deal.list"] = [{"ID": str(n)} for n in range(1, 51)]

    with pytest.raises(Refused, match="'>ID'"):
        list(Reads(client).list("crm.deal.list"))


def test_rows_without_the_key_are_noticed(client, portal):
    portal.answers["crm.deal.list"] = [{"TITLE": "x"}]

    with pytest.raises(Refused, match="select"):
        list(Reads(client).list("crm.deal.list", {"select": ["TITLE"]}))


def test_an_order_of_ones_own_does_not_go_with_paging_by_key(client):
    with pytest.raises(ValueError, match="order"):
        list(Reads(client).list("crm.deal.list", {"order": {"TITLE": "ASC"}}))


@pytest.mark.parametrize(("method", "start"), [("user.get", "start"), ("department.get", "START")])
def test_other_lists_are_paged_by_offset(client, portal, method, start):
    def answer(params):
        offset = params.get(start, 0)
        body = {"result": [{"ID": offset}], "total": 120}
        return httpx.Response(200, json=body | ({"next": offset + 50} if offset < 100 else {}))

    portal.answers[method] = answer

    assert [row["ID"] for row in Reads(client).list(method)] == [0, 50, 100]
    assert [params for _, params in portal.requests] == [{}, {start: 50}, {start: 100}]


def test_an_offset_that_does_not_advance_ends_the_list(client, portal):
    portal.answers["user.get"] = httpx.Response(200, json={"result": [{"ID": 1}], "next": 0})

    assert len(list(Reads(client).list("user.get"))) == 1


def test_an_answer_without_rows_is_no_empty_list(client, portal):
    portal.answers["user.get"] = True

    with pytest.raises(OutcomeUnknown, match="without rows"):
        list(Reads(client).list("user.get"))
