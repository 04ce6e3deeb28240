"""Rows of the portal with values of odd types: they cost the value, never the record."""

import pytest

from hub.bitrix24.records import Currency, Department, PortalUser, Stage

ODD = [[], {}, ["a"], {"a": 1}, None, 1.5, "", "odd"]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_person_is_read_whatever_the_types(odd):
    names = ("NAME", "LAST_NAME", "EMAIL", "ACTIVE", "UF_DEPARTMENT", "TIME_ZONE", "WORK_POSITION")
    person = PortalUser.of({"ID": "1", **dict.fromkeys(names, odd)})

    assert (person.id, person.active) == ("1", False)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_other_records_are_read_whatever_the_types(odd):
    assert Department.of({"ID": 5, "NAME": odd, "PARENT": odd, "UF_HEAD": odd}).id == "5"
    assert Stage.of({"STATUS_ID": "NEW", "SEMANTICS": odd, "SORT": odd, "COLOR": odd}).semantics == "P"
    assert Currency.of({"CURRENCY": "EUR", "DECIMALS": odd, "BASE": odd}).decimals in (1, 2)


@pytest.mark.parametrize(
    ("head", "read"), [("12", "12"), (12, "12"), ("0", ""), (0, ""), (None, ""), ([], "")]
)
def test_a_department_has_a_head_or_none(head, read):
    assert Department.of({"ID": 5, "NAME": "Sales", "UF_HEAD": head}).head == read
