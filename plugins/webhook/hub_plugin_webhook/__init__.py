"""Webhooks of any sender as Bitrix24 messages, described in the settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hub.plugin import ConfigurationError, Context, Plugin, Source, hookimpl
from hub_plugin_webhook.body import Bodies
from hub_plugin_webhook.cloudevents import shake_hands
from hub_plugin_webhook.expressions import Expression
from hub_plugin_webhook.intake import Intake
from hub_plugin_webhook.mapping import Compiled, Compiler, compile_mapping
from hub_plugin_webhook.proof import only_address, verifier
from hub_plugin_webhook.settings import WebhookSettings
from hub_plugin_webhook.standard_webhooks import check_of


class WebhookPlugin(Plugin[WebhookSettings]):
    """One sender, at ``/in/NAME`` and ``/in/NAME/{endpoint}``, or only at ``/in/NAME/<path_secret>``."""

    api_version = "1.0"
    settings_model = WebhookSettings

    def __init__(self, settings: WebhookSettings, ctx: Context) -> None:
        """Compile the mapping.

        Raises:
            ConfigurationError: with one line for every mistake in it.
        """
        super().__init__(settings, ctx)
        self._sources = () if settings.unused else tuple(_sources(settings, at=f"plugins.{ctx.name}"))

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare the addresses; none where nothing is set, because nobody could send."""
        return self._sources


def _sources(settings: WebhookSettings, at: str) -> Iterator[Source]:
    """Yield the sources of an instance whose settings are at the key path *at*."""
    probe, account_at, mapping = _compiled(settings, at)
    bodies = Bodies(settings)
    intake = Intake(
        bodies,
        mapping,
        probe=probe,
        headers=frozenset(name.lower() for name in settings.keep_headers),
        to=settings.to,
    )
    calls = Source(
        methods=settings.methods,
        keep_headers=(*settings.keep_headers, "ce-*"),
        verify=verifier(settings, bodies.read, probe=probe, account_at=account_at),
        accept=intake.accept,
        parse=intake.parse,
        notify=intake.notify,
        sensitive=settings.sensitive,
        inline=False,  # how long a mapping takes is decided by whoever writes it
    )
    handshakes = replace(calls, methods=("OPTIONS",), verify=only_address(settings), accept=shake_hands)
    for path in ("{secret}",) if settings.path_secret.get_secret_value() else ("", "{endpoint}"):
        yield replace(calls, path=path)
        if settings.format == "cloudevents":
            yield replace(handshakes, path=path)


def _compiled(settings: WebhookSettings, at: str) -> tuple[Expression, list[Expression], Compiled]:
    compiler = Compiler()
    probe = compiler.expression(settings.probe, f"{at}.probe")
    account_at = [
        compiler.expression(source, f"{at}.account_at[{place}]")
        for place, source in enumerate(settings.account_at)
    ]
    problems = [*compiler.problems, *_of_proof(settings, at)]
    try:
        mapping = compile_mapping(settings.map, f"{at}.map")
    except ConfigurationError as exc:
        raise ConfigurationError(*problems, *exc.problems) from exc
    if problems:
        raise ConfigurationError(*problems)
    return probe, account_at, mapping


def _of_proof(settings: WebhookSettings, at: str) -> list[str]:
    """Return what can only be said where the name of the instance is known."""
    problems: list[str] = []
    if settings.signature.scheme == "standard-webhooks" and settings.secret.get_secret_value():
        try:
            check_of(settings.secret)
        except ValueError as exc:
            problems.append(f"{at}.secret: {exc}")
    if settings.account and not settings.account_at:
        problems.append(f"{at}.account_at: is missing; say where the body names the account")
    return problems
