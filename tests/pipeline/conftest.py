"""The hub of these tests lasts for a module; a module that needs a fresh one for each test overrides ``hub``."""

import pytest


@pytest.fixture
def hub(lasting_hub):
    return lasting_hub
