"""Several workers that plan for one dialog at once count together, on each database."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select

from hub.clock import SystemClock
from hub.observe.counts import DeliveryCounts
from hub.pipeline.deliver.away import Away
from hub.pipeline.flood import Flood
from hub.pipeline.folding import FoldingCards
from hub.pipeline.muting import Muting
from hub.pipeline.plan import Plan, Planned
from hub.pipeline.resolve import Resolution
from hub.pipeline.route import Decision
from hub.plugin import Notification, Recipient
from hub.settings import Rate
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.mutes import MuteRows
from hub.storage.states import Lane
from hub.storage.tables import Folded, FoldingCard, NotificationRow, Outbox


@pytest.fixture
def database(database_url):
    database = Database(database_url, SystemClock())
    yield database
    database.close()


class Worker:
    """What one process plans with."""

    def __init__(self, database):
        ids = IdFactory(SystemClock())
        self._database = database
        self._cards = FoldingCards(database, ids, timedelta(days=1))
        flood = Flood(lambda instance: Rate(10, timedelta(hours=1)), self._cards)
        self._plan = Plan(
            ids=ids,
            wants_to_know=lambda instance: False,
            counts=DeliveryCounts(CollectorRegistry()),
            flood=flood,
            away=Away(self._cards),
            muting=Muting(MuteRows(database)),
        )

    def tell(self, key):
        """Plan a message, as processing does, and look after the cards, as the duty does."""
        planned = Planned(
            instance="echo",
            origin="e1",
            notification=Notification(key=key, title=key, to=("user:1",)),
            decision=Decision(addresses=("user:1",), rules=(), reason=""),
            resolution=Resolution(recipients=(Recipient(kind="user", id="1"),), problems=()),
            lane=Lane.NORMAL,
        )
        with self._database.write() as session:
            self._plan.reserve(session, [planned])
            self._plan.write(session, planned, datetime.now(UTC))
        self._cards.keep()

    def turn(self, card, page):
        """Turn a page, as a click does."""
        return self._cards.turn(card, page, key="click")


def test_workers_side_by_side_let_through_what_the_limit_says_and_open_one_card(database):
    workers = [Worker(database) for _ in range(4)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda n: workers[n % 4].tell(f"{n:03}"), range(80)))

    with database.read() as session:
        rows = session.scalars(select(Outbox)).all()
        (card,) = session.scalars(select(FoldingCard)).all()
        folded = session.scalars(select(func.count()).select_from(Folded)).one()
    assert Counter((row.instance, row.state) for row in rows) == {
        ("echo", "pending"): 10,
        ("echo", "suppressed"): 70,
        ("hub", "pending"): 1,
    }
    assert (folded, card.changed) == (70, False)


def test_a_page_that_one_process_turned_is_kept_by_the_others(database):
    one, other = Worker(database), Worker(database)
    for number in range(40):
        one.tell(f"{number:03}")
    with database.read() as session:
        (card,) = session.scalars(select(FoldingCard)).all()

    turned = one.turn(card.id, 2)
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(other.tell, (f"{number:03}" for number in range(40, 60))))

    with database.read() as session:
        card = session.get_one(FoldingCard, card.id)
        words = session.scalars(select(NotificationRow).where(NotificationRow.instance == "hub")).one()
    assert (card.page, card.page_total) == (2, 30)
    assert [line["values"]["title"] for line in words.content["text"]["lines"][:-1]] == [
        line.values["title"] for line in turned.text.lines[:-1]
    ]
