"""Every key is described for the operator."""

from pydantic import BaseModel

from hub.settings import Tables
from hub.settings.problems import _models


def _tables(model: type[BaseModel]) -> set[type[BaseModel]]:
    found = {model}
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            found |= _tables(inner)
    return found


def test_every_key_has_a_description():
    silent = [
        f"{table.__name__}.{name}"
        for table in _tables(Tables) - {Tables}
        for name, field in table.model_fields.items()
        if not field.description
    ]

    assert silent == []
