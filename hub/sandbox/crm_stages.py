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
#: The portal's only smart process: service requests, with one funnel of their own.
SMART_TYPE = 177
SMART_FUNNELS = (Funnel(11, "Сервис", 100),)

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
SMART_STAGES = (
    Stage("DT177_11:NEW", "Принята", "P", "#22B9FF", "process"),
    Stage("DT177_11:CLIENT", "Ждём клиента", "P", "#88B9FF", "process"),
    Stage("DT177_11:SUCCESS", "Выполнена", "S", "#00FF00", "success"),
    Stage("DT177_11:FAIL", "Отменена", "F", "#FF0000", "failure"),
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
    """Return the funnel a stage belongs to: `C1:NEW`, or `DT177_11:NEW` of a smart process."""
    return int(stage_id.partition(":")[0].lstrip("CDT").rpartition("_")[2]) if ":" in stage_id else 0


def find_stage(stages: tuple[Stage, ...], stage_id: str) -> Stage | None:
    """Return the stage called *stage_id*."""
    return next((stage for stage in stages if stage.id == stage_id), None)
