"""Log lines of a process: one object each, with ids and without secrets."""

import json
import subprocess
import sys

import pytest

_PROGRAM = """
import logging
import structlog
from structlog.contextvars import bound_contextvars
from hub.observe.log import configure_logging

configure_logging(json=%s)
log = structlog.get_logger("hub.test")
log.info("event processed", event_id="e1", notifications=["n1"])
log.debug("not for tomorrow")
with bound_contextvars(event_id="e2"):
    logging.getLogger("hub_plugin_x").info("asked %%s", "somebody")
for library in ("httpx", "uvicorn.access", "dramatiq", "pika", "sqlalchemy.engine"):
    logging.getLogger(library).info("https://portal.example/rest/1/s3cret/im.message.add")
logging.getLogger("sqlalchemy.pool").error("connection lost")
try:
    token = "s3cret"
    1 / 0
except ZeroDivisionError:
    log.exception("turn failed")
"""


def said(*, as_json):
    program = [sys.executable, "-c", _PROGRAM % as_json]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=30).stderr


@pytest.fixture(scope="module")
def text():
    return said(as_json=True)


@pytest.fixture(scope="module")
def lines(text):
    return {line["event"]: line for line in map(json.loads, text.splitlines())}


def test_a_line_is_a_phrase_with_fields(lines):
    line = lines["event processed"]
    assert (line["event_id"], line["notifications"], line["level"]) == ("e1", ["n1"], "info")
    assert (line["logger"], line["pid"] > 0) == ("hub.test", True)


def test_what_a_plugin_logs_names_the_event_it_works_on(lines):
    assert lines["asked somebody"]["event_id"] == "e2"


def test_what_is_below_the_level_is_not_said(lines):
    assert "not for tomorrow" not in lines


def test_trouble_of_a_library_is_heard(lines):
    assert lines["connection lost"]["level"] == "error"


def test_a_traceback_is_in_one_line_and_shows_no_values(lines):
    assert "ZeroDivisionError" in lines["turn failed"]["exception"]


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "for a person"])
def test_no_secret_is_said(as_json):
    words = said(as_json=as_json)
    assert ("s3cret" in words, "ZeroDivisionError" in words) == (False, True)


def test_a_reader_who_has_gone_stops_nothing():
    program = """
import os, structlog
from hub.observe.log import configure_logging

configure_logging(json=True)
os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
structlog.get_logger("hub.test").error("nobody reads this")
print("went on")
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)

    assert (ended.stdout, ended.stderr) == ("went on\n", "")
