from hub.cli.titles import plain
from hub.plugin import T


def test_a_title_is_in_the_plural_where_it_counts_many():
    def title(n):
        return plain(T("{n} is collected", "{n} are collected", n=n).model_dump())

    assert title(1) == "1 is collected"
    assert title(35) == "35 are collected"
