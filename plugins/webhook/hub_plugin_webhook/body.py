"""Bodies of whatever format as plain data, and without what must not be stored."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from hub.plugin import InboundRequest, InvalidPayload
from hub_plugin_webhook import cloudevents
from hub_plugin_webhook.forms import read_form, without
from hub_plugin_webhook.settings import WebhookSettings
from hub_plugin_webhook.xml import read_xml

_FORM = "application/x-www-form-urlencoded"


class Bodies:
    """Reads the bodies of one instance."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings
        self._unwanted = frozenset({*settings.drop_fields, settings.token_field} - {""})

    def read(self, request: InboundRequest) -> Any:
        """Return the body as mappings, lists, texts and numbers; a CloudEvent always as a structured one.

        Raises:
            InvalidPayload: unreadable (status 400), of an unknown format (415), or no CloudEvent (422).
        """
        if cloudevents.is_binary(request):
            return cloudevents.binary(request, lambda: self._plain(request))
        found = self._plain(request)
        if request.content_type == cloudevents.BATCH:
            if not isinstance(found, list):
                raise InvalidPayload("a batch of CloudEvents must be a JSON list", status=422)
            return [cloudevents.structured(event) for event in found]
        if request.content_type == cloudevents.STRUCTURED or self._settings.format == "cloudevents":
            return cloudevents.structured(found)
        return found

    def kept(self, request: InboundRequest) -> bytes | None:
        """Return the body to store; ``None`` when it is kept as it came."""
        if not self._unwanted:
            return None
        match self._format(request):
            case "form":
                return without(request.body, self._unwanted)
            case "json" if isinstance(found := _json(request.body), dict) and self._unwanted & found.keys():
                kept = {key: value for key, value in found.items() if key not in self._unwanted}
                return json.dumps(kept, ensure_ascii=True, separators=(",", ":")).encode()
            case _:
                return None

    def _plain(self, request: InboundRequest) -> Any:
        match self._format(request):
            case "form":
                form = read_form(
                    request.body,
                    json_fields=self._settings.json_fields,
                    unrendered=self._settings.unrendered,
                )
                whole = form.get(self._settings.body_field) if self._settings.body_field else None
                return _json(whole.encode()) if isinstance(whole, str) else form
            case "xml":
                return read_xml(request.body)
            case _:
                return _json(request.body)

    def _format(self, request: InboundRequest) -> str:
        said = request.content_type
        if self._settings.format in ("json", "form", "xml"):
            return self._settings.format
        if said == _FORM:
            return "form"
        if said in ("application/xml", "text/xml") or said.endswith("+xml"):
            return "xml"
        if said in ("application/json", "text/json", "text/plain", "") or said.endswith("+json"):
            return "json"
        raise InvalidPayload(
            "the content type is none of JSON, form and XML; the setting 'format' says what bodies are",
            status=415,
        )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_number)
    except json.JSONDecodeError as exc:
        where = f"line {exc.lineno}, column {exc.colno}"
        raise InvalidPayload(f"the body is not valid JSON, look at {where}") from exc
    except (ValueError, RecursionError) as exc:
        raise InvalidPayload("the body is not valid JSON") from exc


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")
