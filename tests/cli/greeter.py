"""Settings of a hub that was never started, and a plugin with a little of everything."""

from dataclasses import dataclass

import click
from pydantic import Field, SecretStr

from hub.plugin import Job, Plugin, PluginSettings, Source, bearer_token, hookimpl

SETTINGS = """\
[bitrix24]
webhook_url = "http://127.0.0.1:9/rest/1/portal-secret/"

[bot]
token = "bot-secret"
fallback = "user:1"
"""


class GreeterSettings(PluginSettings):
    token: SecretStr = Field(description="Bearer token.")
    name: str = Field("world", description="Who is greeted.")


class Greeter(Plugin[GreeterSettings]):
    """A plugin with a little of everything."""

    api_version = "1.0"
    settings_model = GreeterSettings

    @hookimpl
    def sources(self):
        yield Source(
            verify=bearer_token(self.settings.token), parse=lambda request: (), notify=lambda events: ()
        )

    @hookimpl
    def jobs(self):
        yield Job(name="morning", cron="0 9 * * *", run=lambda: ())

    @hookimpl
    def cli_commands(self):
        @click.command("hello")
        def hello():
            """Say hello."""
            self.ctx.store.set("greeted", True)
            click.echo(f"hello {self.settings.name}")

        yield hello


@dataclass
class Installed:
    """An entry point."""

    name: str
    plugin: object
    dist: None = None

    def load(self):
        if isinstance(self.plugin, Exception):
            raise self.plugin
        return self.plugin
