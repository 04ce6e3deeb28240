"""Which settings go together."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from hub_plugin_zabbix.settings import ZabbixSettings


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "token"),
        ({"token": ""}, "token"),
        ({"token": "t", "api_token": "a"}, "api_token needs frontend_url or api_url"),
        ({"token": "t", "timezone": "Mars/Olympus"}, "no such time zone"),
        ({"token": "t", "timezone": "../etc/passwd"}, "no such time zone"),
        ({"token": "t", "frontend_url": "zabbix"}, "frontend_url"),
    ],
)
def test_what_cannot_work_is_refused_and_named(values, told):
    with pytest.raises(ValidationError, match=told):
        ZabbixSettings.model_validate(values)


@pytest.mark.parametrize(
    "url", ["http://z.example/zabbix", "http://z.example/zabbix/", "http://z.example/zabbix/api_jsonrpc.php"]
)
def test_the_address_of_the_api_may_be_written_in_several_ways(url):
    settings = ZabbixSettings(token="t", frontend_url="https://z.example", api_url=url)
    assert settings.api_base == "http://z.example/zabbix"
    assert ZabbixSettings(token="t", frontend_url="https://z.example").api_base == "https://z.example"
