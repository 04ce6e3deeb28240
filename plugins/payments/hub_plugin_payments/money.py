"""Exact amounts: whatever providers send becomes a ``Decimal`` of the currency's major unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

#: Currencies whose smallest unit is the unit itself, as payment providers count: unlike ISO 4217 they keep
#: two places for ISK and UGX, and none for MGA.
_WHOLE = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905 - a table to read
)
#: Currencies with a thousand small units.
_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


#: An ISO 4217 code in capitals.
Currency = Annotated[str, BeforeValidator(_upper), Field(pattern=r"^[A-Z]{3}$")]
#: An amount in major units.
Major = Annotated[Decimal, Field(ge=0, lt=10**15, decimal_places=8, allow_inf_nan=False)]
#: An amount in the smallest unit.
Minor = Annotated[int, Field(ge=0, lt=10**15)]


def places(currency: str) -> int:
    """Return how many decimal places *currency* has."""
    if currency in _WHOLE:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


def from_minor(amount: int, currency: str) -> Decimal:
    """Return an amount of the smallest unit in the major one: ``459900`` kopecks are ``4599.00`` roubles."""
    return Decimal(amount).scaleb(-places(currency))


def tidy(amount: Decimal, currency: str) -> Decimal:
    """Return *amount* with as many places as *currency* has, or more where they say something."""
    usual = amount.quantize(Decimal(1).scaleb(-places(currency)))
    return usual if usual == amount else amount.normalize()
