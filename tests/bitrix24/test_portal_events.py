"""Events of the portal's objects, in every shape that the portal gives them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bitrix24 import forms
from hub.bitrix24.portal_events import NotAnEvent, PortalEvent, event_name, is_for_a_bot, read_portal_event


def read(body):
    event = read_portal_event(forms.parse(body))
    return event.kind, event.id


@pytest.mark.parametrize(
    ("body", "kind", "id"),
    [
        ("event=ONCRMLEADADD&data[FIELDS][ID]=1201", "lead", "1201"),
        ("event=ONCRMDEALUPDATE&data[FIELDS][ID]=7", "deal", "7"),
        ("event=ONCRMDEALMOVETOCATEGORY&data[FIELDS][ID]=7&data[FIELDS][STAGE_ID]=C1:NEW", "deal", "7"),
        ("event=ONCRMCONTACTDELETE&data[FIELDS][ID]=7", "contact", "7"),
        ("event=ONCRMCOMPANYADD&data[FIELDS][ID]=7", "company", "7"),
        ("event=ONCRMQUOTEADD&data[FIELDS][ID]=7", "quote", "7"),
        ("event=onCrmActivityAdd&data[FIELDS][ID]=7", "activity", "7"),
        ("event=ONCRMTIMELINECOMMENTADD&data[ID]=7", "timeline-comment", "7"),
        ("event=ONCRMTIMELINECOMMENTADD&data[FIELDS][ID]=7", "timeline-comment", "7"),
        ("event=ONCRMDYNAMICITEMUPDATE&data[FIELDS][ID]=7&data[FIELDS][ENTITY_TYPE_ID]=147", "item", "7"),
        ("event=ONTASKADD&data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=42"
         "&data[IS_ACCESSIBLE_BEFORE]=N&data[IS_ACCESSIBLE_AFTER]=undefined", "task", "42"),
        ("event=ONTASKUPDATE&data[FIELDS_BEFORE][ID]=42&data[FIELDS_AFTER][ID]=42", "task", "42"),
        ("event=ONTASKDELETE&data[FIELDS_BEFORE][ID]=42&data[FIELDS_AFTER]=undefined", "task", "42"),
        ("event=ONTASKCOMMENTADD&data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=5"
         "&data[FIELDS_AFTER][TASK_ID]=42", "task-comment", "5"),
        ("event=ONTASKCOMMENTADD&data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=0"
         "&data[FIELDS_AFTER][TASK_ID]=42&data[FIELDS_AFTER][MESSAGE_ID]=84001", "task-comment", "84001"),
        ("event=ONUSERADD&data[ID]=17&data[NAME]=Ann", "user", "17"),
        ("event=ONCRMDEALUSERFIELDADD&data[FIELDS][ID]=3", "crmdealuserfield", "3"),
        ("event=ONCRMLEADADD", "lead", ""),
        ("event=ONCRMLEADADD&data=undefined", "lead", ""),
        ("event=ONCRMLEADADD&data[FIELDS]=undefined", "lead", ""),
        ("event=ONCRMLEADADD&data[FIELDS][ID]=undefined", "lead", ""),
        ("event=ONCRMLEADADD&data[FIELDS][ID][0]=5", "lead", ""),
        ("event=ONCRMLEADADD&data[FIELDS][ID]=" + "9" * 200, "lead", ""),
    ],
    ids=lambda value: value[6:40] if value.startswith("event") else None,
)  # fmt: skip
def test_each_event_names_its_object(body, kind, id):
    assert read(body) == (kind, id)


def test_a_type_in_the_name_is_told_as_a_field():
    event = read_portal_event(forms.parse("event=ONCRMDYNAMICITEMADD_147&data[FIELDS][ID]=7"))
    assert event == PortalEvent(
        name="ONCRMDYNAMICITEMADD_147", kind="item", id="7", fields={"ID": "7", "ENTITY_TYPE_ID": "147"}
    )


def test_a_comment_in_a_chat_says_which_task_it_is_about():
    body = "event=ONTASKCOMMENTADD&data[FIELDS_AFTER][ID]=0&data[FIELDS_AFTER][TASK_ID]=42"
    assert read_portal_event(forms.parse(body)).fields == {"ID": "0", "TASK_ID": "42"}


def test_long_text_is_cut_and_what_is_nested_is_left_out():
    event = read_portal_event(
        {"type": "ONUSERADD", "data": {"ID": 17, "NAME": "a" * 9000, "A": {"B": 1}, "DEPARTMENTS": [1, "2"]}}
    )
    assert (event.id, len(str(event.fields["NAME"]))) == ("17", 4000)
    assert set(event.fields) == {"ID", "NAME", "DEPARTMENTS"}


def test_events_for_a_bot_are_told_apart():
    names = ("ONIMBOTV2COMMANDADD", "ONIMBOTMESSAGEADD", "ONIMCOMMANDADD", "ONCRMLEADADD", "ONIMV2MESSAGEADD")
    assert [is_for_a_bot(name) for name in names] == [True, True, True, False, False]


@pytest.mark.parametrize(
    "tree", [{}, {"event": ""}, {"event": 5}, {"event": ["A"]}, {"event": "A B"}, {"event": "Ä"}]
)
def test_what_has_no_name_is_no_event(tree):
    with pytest.raises(NotAnEvent):
        event_name(tree)


_NAMES = st.sampled_from(["FIELDS", "FIELDS_AFTER", "FIELDS_BEFORE", "ID", "TASK_ID", "MESSAGE_ID", "x"])
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("undefined"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.integers(), inner, max_size=4),
    max_leaves=12,
)
_EVENTS = st.sampled_from(
    ["ONTASKCOMMENTADD", "ONCRMDYNAMICITEMADD_9", "ONCRMLEADADD", "ONUSERADD", "X", "", 7]
)


@settings(max_examples=200, deadline=None)
@given(event=_EVENTS, data=_TREES)
def test_no_damage_breaks_the_reading(event, data):
    try:
        found = read_portal_event({"event": event, "data": data})
    except NotAnEvent:
        assert event in ("", 7)
    else:
        assert isinstance(found.id, str)
