"""Funnels and stages of the CRM."""

from dataclasses import dataclass
from typing import Literal

Semantics = Literal["P", "S", "F"]


@dataclass(frozen=True)
class Stage:
    """One stage. `semantics`: P in progress, S won, F lost."""

    id: str
    name: str
    semantics: Semantics
    color: str
    kind: Literal["process", "success", "failure", "apology"]


@dataclass(frozen=True)
class Funnel:
    """A deal category."""

    id: int
    name: str
    sort: int


FUNNELS = (Funnel(0, "Общая", 300), Funnel(1, "Монтаж", 200))

_DEAL_STAGES = (
    Stage("NEW", "Новая", "P", "#39A8EF", "process"),
    Stage("PREPARATION", "Подготовка документов", "P", "#2FC6F6", "process"),
    Stage("PREPAYMENT_INVOICE", "Счёт на предоплату", "P", "#55D0E0", "process"),
    Stage("EXECUTING", "В работе", "P", "#47E4C2", "process"),
    Stage("FINAL_INVOICE", "Финальный счёт", "P", "#FFA900", "process"),
    Stage("WON", "Сделка успешна", "S", "#7BD500", "success"),
    Stage("LOSE", "Сделка провалена", "F", "#FF5752", "failure"),
    Stage("APOLOGY", "Анализ причины провала", "F", "#FF5752", "apology"),
)
LEAD_STAGES = (
    Stage("NEW", "Не обработан", "P", "#2FC6F6", "process"),
    Stage("IN_PROCESS", "В работе", "P", "#55D0E0", "process"),
    Stage("PROCESSED", "Обработан", "P", "#47E4C2", "process"),
    Stage("CONVERTED", "Качественный лид", "S", "#7BD500", "success"),
    Stage("JUNK", "Некачественный лид", "F", "#FF5752", "failure"),
)
SOURCES = (("CALL", "Звонок"), ("EMAIL", "Электронная почта"), ("WEB", "Веб-сайт"), ("PARTNER", "Партнёр"))


def deal_stages(category: int) -> tuple[Stage, ...]:
    """Return the stages of a funnel; all but the default one carry a prefix: `C1:NEW`."""
    if category == 0:
        return _DEAL_STAGES
    return tuple(
        Stage(f"C{category}:{stage.id}", stage.name, stage.semantics, stage.color, stage.kind)
        for stage in _DEAL_STAGES
    )


def category_of(stage_id: str) -> int:
    """Return the funnel a deal stage belongs to."""
    return int(stage_id[1:].partition(":")[0]) if ":" in stage_id else 0


def find_stage(stages: tuple[Stage, ...], stage_id: str) -> Stage | None:
    """Return the stage called *stage_id*."""
    return next((stage for stage in stages if stage.id == stage_id), None)
