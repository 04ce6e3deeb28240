"""``hub serve`` and ``hub sandbox`` as processes."""

import signal
import subprocess
import sys
import time

import httpx
import pytest

STUCK = """\
import time
from hub.plugin import Item, Plugin, PluginSettings, Receipt, Source, hookimpl

class Stuck(Plugin[PluginSettings]):
    api_version = "1.0"

    @hookimpl
    def sources(self):
        yield Source(verify=lambda request: None, parse=self.parse, notify=lambda events: ())

    def parse(self, request):
        print("STUCK", flush=True)
        time.sleep(3600)
"""


def test_it_is_ready_when_it_says_where_it_listens_and_nobody_can_take_its_place(start, config):
    url = start("serve", "--port", "0").line("Listening on")
    assert httpx.get(f"{url}/health/ready").json()["status"] == "ok"

    on_its_port = start("serve", "--port", url.rpartition(":")[2])
    on_its_database = start("serve", "--port", "0")
    assert (on_its_port.ended(), "--port" in on_its_port.said()) == (2, True)
    assert (on_its_database.ended(), "another `hub serve`" in on_its_database.said()) == (2, True)
    assert "Traceback" not in on_its_port.said() + on_its_database.said()


def test_numbers_may_have_a_port_of_their_own(start, config):
    config('[hub]\nmetrics_listen = "127.0.0.1:0"\n')
    program = start("serve", "--port", "0")
    port = program.line("Metrics on port")
    url = program.line("Listening on")

    assert "hub_events_accepted_total" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert httpx.get(f"{url}/metrics").status_code == 404


def test_ctrl_c_ends_it_cleanly(start, config):
    program = start("serve", "--port", "0")
    program.line("Listening on")

    assert (program.end(signal.SIGINT), "Traceback" in program.said()) == (0, False)


def test_a_stuck_plugin_does_not_hold_up_the_end(start, config, installed):
    config("[plugins.stuck]\nbudgets = { parse = '1s' }\n")
    program = start("serve", "--port", "0", PYTHONPATH=installed("stuck", STUCK, "stuck:Stuck"))
    url = program.line("Listening on")
    httpx.post(f"{url}/in/stuck", content=b"{}", headers={"content-type": "application/json"})
    program.line("STUCK")
    began = time.monotonic()

    assert (program.end(within=15), time.monotonic() - began < 10) == (0, True)


def test_whatever_still_runs_ends_at_the_deadline():
    code = """
import os, signal, threading
from hub.cli import server, stop_signals
stop_signals._ALL = 0.2
made = server.Server(lambda: None, lambda: None)
with server.stopping(made):
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait()
"""
    assert (
        subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_sandbox_keeps_its_state_over_a_signal(start, folder, number):
    program = start("sandbox", "--port", "0", "--state", "portal.db")
    url = program.line("Chat page:")
    assert httpx.get(url).status_code == 200

    assert (program.end(number), "Traceback" in program.said()) == (0, False)
    assert (folder / "portal.db").exists()
