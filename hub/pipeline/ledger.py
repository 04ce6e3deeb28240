"""The ledger check: every minute, that no row went astray and every end is explained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import BaseModel, ConfigDict, Field

from hub.registry import Status
from hub.storage.facts import Facts
from hub.storage.ledger import Found, Gap, LedgerRows, Overdue, Tally

log = structlog.get_logger("hub.ledger")

_FACT = "ledger"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)
#: What is younger may be under way; what is due for longer should be.
_PATIENCE = timedelta(minutes=1)


class LedgerReport(BaseModel):
    """What the last check found.

    Attributes:
        checked_at: ``None`` = there was none yet.
        examined_until: what was written before needs no second look.
        waiting: why events that are due are not processed now, by instance; that is not a gap.
    """

    model_config = ConfigDict(frozen=True)

    checked_at: datetime | None = None
    examined_until: datetime = _BEGINNING
    tables: Mapping[str, Tally] = Field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    waiting: Mapping[str, str] = Field(default_factory=dict)


class Ledger:
    """Run the check under a lease: one process is enough, and it remembers what it suspects."""

    def __init__(self, rows: LedgerRows, facts: Facts) -> None:
        self._rows = rows
        self._facts = facts
        self._suspects: frozenset[str] = frozenset()

    def last(self) -> LedgerReport:
        """Return what the last check found, in whichever process it ran."""
        return LedgerReport.model_validate(self._facts.get(_FACT) or {})

    def check(self) -> LedgerReport:
        """Look at what happened since the last check; warn of each gap once, and say when it is gone."""
        before = self.last()
        now = self._rows.now()
        until = max(before.examined_until, now - _PATIENCE)
        found = self._rows.look(before.examined_until, until, known=before.gaps, patience=_PATIENCE)
        report = LedgerReport(
            checked_at=now,
            examined_until=until,
            tables=found.tables,
            gaps=(*_miscounts(found), *found.gaps, *self._stuck(found)),
            waiting={each.instance: why for each in found.overdue if (why := _why(each))},
        )
        self._facts.set(_FACT, report.model_dump(mode="json"))
        _tell(before, report)
        self._rows.fold()
        return report

    def examine(self) -> tuple[Gap, ...]:
        """Return every gap in all that is kept, when nothing is under way; nothing is written down."""
        found = self._rows.look(_BEGINNING, _END, known=(), patience=_PATIENCE)
        return (*_miscounts(found), *found.gaps)

    def _stuck(self, found: Found) -> list[Gap]:
        """Return what was overdue at the check before, too: somebody may be about to take up the rest."""
        overdue = [each for each in found.overdue if not _why(each)]
        known, self._suspects = self._suspects, frozenset(each.oldest for each in overdue)
        return [
            Gap(table="inbox", row=each.oldest, what="it is due and nobody takes it up")
            for each in overdue
            if each.oldest in known
        ]


def _why(overdue: Overdue) -> str:
    """Return what the events wait for, or nothing when nothing is known to hold them up."""
    if overdue.status is None:
        return "the plugin is not installed"
    if overdue.status != Status.ACTIVE:
        return f"{overdue.status}: {overdue.reason}"
    return "earlier events are being processed" if overdue.busy else ""


def _miscounts(found: Found) -> list[Gap]:
    gaps = []
    for table, tally in found.tables.items():
        if tally.missing:
            what = "rows missing" if tally.missing > 0 else "rows that were never counted"
            gaps.append(Gap(table=table, what=f"{what}: {abs(tally.missing)}"))
    return gaps


def _tell(before: LedgerReport, report: LedgerReport) -> None:
    for gap in report.gaps:
        if gap not in before.gaps:
            log.warning("ledger gap", table=gap.table, row=gap.row, what=gap.what)
    for gap in before.gaps:
        if gap not in report.gaps:
            log.info("ledger gap is gone", table=gap.table, row=gap.row, what=gap.what)
