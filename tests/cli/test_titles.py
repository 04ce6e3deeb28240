from decimal import Decimal

from hub.cli.titles import plain
from hub.plugin import Money, T


def test_a_title_is_in_the_plural_where_it_counts_many():
    def title(n):
        return plain(T("{n} is collected", "{n} are collected", n=n).model_dump())

    assert title(1) == "1 is collected"
    assert title(35) == "35 are collected"


def test_a_title_says_its_amounts():
    part, whole = (Money(amount=Decimal(amount), currency="EUR") for amount in ("250.50", "1250.50"))
    words = T("Paid: {amount}", amount=T("{part} of {whole}", part=part, whole=whole))

    assert plain(words.model_dump(mode="json")) == "Paid: 250.50 EUR of 1250.50 EUR"


def test_a_title_of_another_version_does_not_stop_the_list():
    assert plain({"message": "Paid"}) == "{'message': 'Paid'}"
