"""Schedules that are right in themselves and contradict themselves."""

import tomllib

import pytest

from hub.pipeline.doctor.schedules import conflicts
from hub.settings import Settings


def found(tables):
    schedules = tomllib.loads(f"[oncall.x]\n{tables}\n")
    return list(conflicts(Settings.model_validate({"bot": {"fallback": "user:1"}, **schedules})))


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' },"
            " { users = ['user:7'], rotation = '1d', start = '2026-01-01T00:00:00' }]",
            "oncall.x.layers[0]: nobody of it is ever on call",
            id="a-layer-that-never-wins",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]\n"
            "overrides = [{ user = 'user:7', from = '2026-02-01T00:00:00', to = '2026-02-03T00:00:00' },"
            " { user = 'user:9', from = '2026-02-02T00:00:00', to = '2026-02-04T00:00:00' }]",
            "oncall.x.overrides[1]: overlaps overrides[0]",
            id="two-for-one-time",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]\n"
            "escalation = [{ after = '15m', to = ['oncall:y'] }, { after = '10m', to = ['user:7'] }]",
            "oncall.x.escalation[1].after: must be later",
            id="levels-out-of-order",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]\n"
            "escalation = [{ after = '15m', to = ['oncall:y'] }]",
            "there is no schedule 'y'",
            id="no-such-schedule",
        ),
        pytest.param(
            "layers = [{ users = ['department:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]",
            "oncall.x.layers[0].users[0]: is no person",
            id="no-person",
        ),
    ],
)
def test_what_never_comes_to_pass_is_told(tables, problem):
    assert any(problem in each for each in found(tables))


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' },"
            " { users = ['user:7'], rotation = '1d', start = '2026-01-01T00:00:00', only = 'sat,sun' }]",
            id="a-part-of-the-week-above",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]\n"
            "overrides = [{ user = 'user:7', from = '2026-02-01T00:00:00', to = '2026-02-02T00:00:00' },"
            " { user = 'user:9', from = '2026-02-02T00:00:00', to = '2026-02-04T00:00:00' }]\n"
            "escalation = [{ after = '15m', to = ['supervisor:oncall'] }, { after = '30m', to = ['oncall:x'] }]",
            id="one-after-another",
        ),
    ],
)
def test_what_fits_is_no_conflict(tables):
    assert found(tables) == []
