"""The hub of these tests lasts for a module."""

import pytest


@pytest.fixture
def hub(lasting_hub):
    return lasting_hub
