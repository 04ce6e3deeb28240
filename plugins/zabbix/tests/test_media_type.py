"""The media type: made for this hub, and passing on all that the plugin reads."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from hub_plugin_zabbix.call import ZabbixCall

NASTY = "to\"k\\en: '<hub_url>' # {$X} é"


@pytest.fixture
def printed(make_sender):
    (command,) = make_sender(token=NASTY, hmac_secret="s1gn").plugin.cli_commands()
    done = CliRunner().invoke(command)
    assert done.exit_code == 0
    return done.output


def parameters(text):
    return dict(re.findall(r"    - name: (\w+)\n(?:      value: (.+)\n)?", text))


def test_it_holds_the_address_and_the_secrets_of_this_hub(printed):
    found = parameters(printed)
    assert found["hub_url"] == '"https://hub.example/in/zabbix"'
    assert found["hub_token"] == '"to\\"k\\\\en: \'<hub_url>\' # {$X} \\u00e9"'
    assert found["hub_secret"] == '"s1gn"'


def test_it_passes_on_every_macro_that_the_plugin_reads_and_no_other(printed):
    control = {"hub_url", "hub_token", "hub_secret", "HTTPProxy"}
    assert parameters(printed).keys() - control == ZabbixCall.model_fields.keys() - {"body_schema"}


def test_it_writes_no_tags_and_adds_no_menu(printed):
    assert "process_tags: 'NO'" in printed
    assert "show_event_menu: 'NO'" in printed
    assert "version: '6.0'" in printed


def test_without_a_public_address_there_is_none_to_print(sender):
    sender.ctx.public_url = ""
    (command,) = sender.plugin.cli_commands()
    done = CliRunner().invoke(command)
    assert (done.exit_code, "set hub.public_url" in done.output) == (1, True)
