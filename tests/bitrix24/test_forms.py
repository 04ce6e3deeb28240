"""PHP-style forms."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bitrix24 import forms


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a=x+y%20z", {"a": "x y z"}),
        ("a=1&a=2", {"a": "2"}),
        ("data[FIELDS][ID]=1201", {"data": {"FIELDS": {"ID": "1201"}}}),
        ("data%5BFIELDS%5D%5BID%5D=1201", {"data": {"FIELDS": {"ID": "1201"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[][b]=1&a[][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        ("a[1]=y&a[0]=x", {"a": {"1": "y", "0": "x"}}),
        ("a[5]=x&a[]=y", {"a": {"5": "x", "6": "y"}}),
        (f"a[{'9' * 5000}]=x&a[]=y", {"a": {"9" * 5000: "x", "0": "y"}}),
        ("a[27]=27", {"a": {"27": "27"}}),
        ("a[b]x=1", {"a[b]x": "1"}),
        ("[a]=1", {"[a]": "1"}),
        ("a[b=1", {"a[b": "1"}),
        ("a=%D0%96%FF", {"a": "Ж\ufffd"}),
        ("d[B]=undefined&d[B][ID]=5", {"d": {"B": {"ID": "5"}}}),
        ("d[B][ID]=5&d[B]=undefined", {"d": {"B": {"ID": "5"}}}),
        ("d[B]=undefined&d[A][ID]=5", {"d": {"B": "undefined", "A": {"ID": "5"}}}),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_form_is_read_as_php_reads_it(body, expected):
    assert forms.parse(body) == expected
    assert forms.parse(body.encode()) == expected


@pytest.mark.parametrize(
    ("body", "limits", "said"),
    [
        ("a=" + "x" * 100, {"max_bytes": 50}, "larger than 50 bytes"),
        ("&".join(f"a{n}=1" for n in range(6)), {"max_fields": 5}, "more than 5 fields"),
        ("a" + "[b]" * 5 + "=s3cr3t", {"max_depth": 5}, "deeper than 5 levels"),
        ("a" + "[]" * 3000 + "=1", {}, "deeper than 10 levels"),
    ],
    ids=["bytes", "fields", "depth", "very-deep"],
)
def test_a_form_beyond_a_limit_is_refused_without_showing_it(body, limits, said):
    with pytest.raises(forms.FormError, match=said) as caught:
        forms.parse(body, **limits)

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ""),
        ({"a": 1, "b": 0.5, "c": "x y"}, "a=1&b=0.5&c=x%20y"),
        ({"a": True, "b": False}, "a=1&b=0"),
        ({"a": None, "b": "1"}, "b=1"),
        ({"a": [], "b": {}}, "a=&b="),
        ({"a": {"b": [1, {"c": 2}]}}, "a[b][0]=1&a[b][1][c]=2"),
        ({"filter": {">ID": 5}}, "filter[%3EID]=5"),
        ({"a": "&=[]%+"}, "a=%26%3D%5B%5D%25%2B"),
        ({"a": "\ud800"}, "a=%3F"),
    ],
)
def test_parameters_are_written_as_php_writes_them(params, expected):
    assert forms.encode(params) == expected


@pytest.mark.parametrize("name", ["a[", "a]", "", "[]"])
def test_a_name_that_could_not_be_read_back_is_refused(name):
    with pytest.raises(ValueError, match="field name"):
        forms.encode({name: 1})


NAMES = (
    st.text(min_size=1, max_size=8)
    .filter(lambda name: "[" not in name and "]" not in name)
    .filter(lambda name: not any("\ud800" <= char <= "\udfff" for char in name))
)
SCALARS = st.text(max_size=20).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
TREES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, min_size=1, max_size=4) | st.dictionaries(NAMES, below, min_size=1, max_size=4)
    ),
    max_leaves=20,
)


def as_php(tree):
    """Maps whose keys count from 0 are lists to PHP."""
    if isinstance(tree, list):
        return [as_php(item) for item in tree]
    if isinstance(tree, dict):
        if list(tree) == [str(place) for place in range(len(tree))]:
            return [as_php(item) for item in tree.values()]
        return {name: as_php(item) for name, item in tree.items()}
    return tree


@given(st.dictionaries(NAMES, TREES, max_size=5))
def test_what_was_written_is_read_back(params):
    written = forms.encode(params)
    read = forms.parse(written, max_depth=50)

    assert read == {name: as_php(value) for name, value in params.items()}
    assert forms.parse(quote(written, safe="=&%"), max_depth=50) == read


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body):
    forms.parse(body)
