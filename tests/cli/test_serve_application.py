"""A running hub that is a local application."""

import httpx
import pytest
from applications import KEY

from hub.pipeline.installation import INSTALL_PATH
from hub.sandbox import Sandbox


@pytest.fixture
def portal():
    with Sandbox.running() as sandbox:
        yield sandbox


def test_a_hub_that_runs_before_its_application_is_installed_needs_no_restart(
    folder, start, portal, wait_until
):
    own = "\n".join(f'{name} = "{value}"' for name, value in portal.application.items())
    (folder / "hub.toml").write_text(
        f'[hub]\npublic_url = "https://hub.example"\n[bitrix24]\n{own}\n[bot]\nfallback = "user:1"\n'
    )
    program = start("serve", "--port", "0", HUB_SECRET_KEY=KEY)
    url = program.line("Listening on")
    before = httpx.get(f"{url}/health/ready").json()["portal"]["state"]
    installed = portal.install_app(f"{url}{INSTALL_PATH}")
    wait_until(lambda: portal.calls("imbot.v2.Command.register"))
    after = httpx.get(f"{url}/health/ready").json()["portal"]["state"]

    assert (before, installed.status_code, after) == ("disconnected", 200, "connected")
    assert program.end() == 0
    assert portal.messages() == []
    secret = portal.application["client_secret"]
    assert secret not in program.said()
