"""The hub of these tests lasts for a module."""

import pytest
from scrapes import Scrape


@pytest.fixture
def hub(lasting_hub):
    return lasting_hub


@pytest.fixture
def rise(hub):
    """Run something and return how far a sample rose meanwhile."""

    def rise(act, *samples):
        before = Scrape(hub)
        act()
        hub.settle()
        after = Scrape(hub)
        risen = [after(name, **labels) - before(name, **labels) for name, labels in samples]
        return risen[0] if len(risen) == 1 else risen

    return rise
