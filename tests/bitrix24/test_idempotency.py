"""The key that makes a portal show a message once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bitrix24 import template_id

#: The only shape a portal takes part with: version 4, in lower case.
SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

PARTS = {
    "portal": "portal.example",
    "bot": "456",
    "instance": "zabbix",
    "key": "problem:1",
    "dialog": "27",
    "generation": 0,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "7f792552-3601-46b3-a236-341a07c54f2d"),
        (
            {
                "portal": "портал.example",
                "instance": "crm",
                "key": "deal:1201:stagehistory:5521",
                "dialog": "chat1157",
                "generation": 3,
            },
            "42496916-fd60-4118-89d5-c13c5c933eaf",
        ),
    ],
)
def test_keys_never_change_between_versions(changes, expected):
    assert template_id(**PARTS | changes) == expected


TEXTS = st.text(max_size=10)


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 1000))
def test_every_key_has_the_shape_that_takes_part(portal, bot, instance, key, dialog, generation):
    made = template_id(
        portal=portal, bot=bot, instance=instance, key=key, dialog=dialog, generation=generation
    )

    assert SHAPE.fullmatch(made)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_makes_another_key(part):
    other = 1 if part == "generation" else "other"

    assert template_id(**PARTS | {part: other}) != template_id(**PARTS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"instance": "a", "key": "b:c"}, {"instance": "a:b", "key": "c"}),
        ({"instance": 'a","b', "key": "c"}, {"instance": "a", "key": 'b","c'}),
        ({"instance": "a|", "key": "b"}, {"instance": "a", "key": "|b"}),
        ({"dialog": "2", "key": "71"}, {"dialog": "27", "key": "1"}),
    ],
)
def test_parts_cannot_run_into_each_other(one, other):
    assert template_id(**PARTS | one) != template_id(**PARTS | other)
