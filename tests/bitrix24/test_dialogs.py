"""Dialog ids."""

import pytest

from hub.bitrix24 import normalise
from hub.bitrix24.dialogs import is_person


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (27, "27"),
        ("27", "27"),
        (" 27 ", "27"),
        ("u27", "27"),
        ("U27", "27"),
        ("user27", "27"),
        ("chat1157", "chat1157"),
        ("CHAT1157", "chat1157"),
        ("sg42", "sg42"),
    ],
)
def test_a_dialog_is_written_as_the_portal_takes_it(given, expected):
    assert normalise(given) == expected


@pytest.mark.parametrize(
    "given", ["", "chat", "-1", "27a", "user:27", "chat 5", "crm5", "٢٧", "27\n28", "2.5"]
)
def test_anything_else_is_refused(given):
    with pytest.raises(ValueError, match="not a dialog"):
        normalise(given)


@pytest.mark.parametrize(("dialog", "expected"), [("27", True), ("chat27", False), ("sg1", False)])
def test_a_number_is_a_person(dialog, expected):
    assert is_person(dialog) is expected
