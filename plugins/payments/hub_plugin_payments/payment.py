"""A payment as far as it is known: what several notifications say about it, joined into one.

Senders repeat, reorder and leave out, so nothing here counts on an order: what is newer by its nature stays
(money that came outlives money that was awaited, whichever is told first), refunds and disputes are kept by
their ids, and joining the same thing twice changes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from hub.plugin import InboundEvent


class State(StrEnum):
    """How far the money has come; see :meth:`Payment.join` for which one stays."""

    PENDING = "pending"
    HELD = "held"
    FAILED = "failed"
    PAID = "paid"
    CANCELED = "canceled"


class DisputeState(StrEnum):
    """How a dispute stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Status(StrEnum):
    """What the card says; the last part of the notification's kind, except that it has one word for refunds."""

    PENDING = "pending"
    HELD = "held"
    FAILED = "failed"
    PAID = "paid"
    CANCELED = "canceled"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute_lost"


#: Tries of one tier replace each other by time, what is of a higher tier replaces them for good.
_TIER = {State.PENDING: 0, State.HELD: 0, State.FAILED: 0, State.PAID: 1, State.CANCELED: 2}


def _short(limit: int) -> AfterValidator:
    return AfterValidator(lambda text: " ".join(text.split())[:limit])


#: What the ids of payments, refunds and disputes look like, whoever gives them.
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
_Line = Annotated[str, _short(200)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Frozen):
    """The state of a payment, since when, and why."""

    state: State
    at: AwareDatetime
    reason: _Line = ""

    @property
    def _rank(self) -> tuple[int, float, int, str]:
        """Of two tries the later counts; money came, or was given up, when that was first said."""
        tier, seconds = _TIER[self.state], self.at.timestamp()
        return tier, -seconds if tier else seconds, list(State).index(self.state), self.reason

    def or_newer(self, other: Stage) -> Stage:
        """Return the newer of both."""
        return max(self, other, key=lambda each: each._rank)


class Dispute(_Frozen):
    """The buyer's bank wants the money back."""

    state: DisputeState
    at: AwareDatetime
    amount: Decimal | None = None
    reason: _Line = ""

    def or_newer(self, other: Dispute) -> Dispute:
        """Return the newer of both; at the same moment an end is newer than a beginning."""
        return max(self, other, key=lambda each: (each.at, list(DisputeState).index(each.state), each.reason))


class Payment(_Frozen):
    """What is known of one payment.

    Attributes:
        provider: the name in the settings: ``stripe``.
        id: the provider's own id of the payment; every notification about it names it.
        amount: of the payment, in major units; ``None`` until a notification says it.
        currency: empty until a notification says it.
        refunds: amounts by the refund's id.
        refunded: the sum of all refunds, where the provider tells that.
        refunded_fully: the provider says so.
        url: the payment's page at the provider.
    """

    provider: str
    id: Id
    stage: Stage | None = None
    amount: Decimal | None = None
    currency: str = ""
    order: _Line = ""
    customer: _Line = ""
    description: Annotated[str, _short(500)] = ""
    refunds: dict[Id, Decimal] = Field(default_factory=dict)
    refunded: Decimal = Decimal(0)
    refunded_fully: bool = False
    disputes: dict[Id, Dispute] = Field(default_factory=dict)
    url: str = ""
    test: bool = False

    @property
    def thread(self) -> str:
        """What all notifications about the payment have in common."""
        return f"{self.provider}:{self.id}"

    @property
    def back(self) -> Decimal:
        """How much of the money went back to the buyer."""
        return max(self.refunded, sum(self.refunds.values(), Decimal(0)))

    @property
    def dispute(self) -> Dispute | None:
        """The dispute that matters: an open one, else a lost one."""
        for state in (DisputeState.OPEN, DisputeState.LOST):
            for dispute in self.disputes.values():
                if dispute.state is state:
                    return dispute
        return None

    @property
    def reason(self) -> str:
        """Why it failed, was canceled or is disputed; mostly empty."""
        found = self.dispute or self.stage
        return found.reason if found else ""

    @property
    def status(self) -> Status:
        """What there is to say about it."""
        if self.dispute is not None:
            return Status.DISPUTED if self.dispute.state is DisputeState.OPEN else Status.DISPUTE_LOST
        if self.refunded_fully or (self.back and (self.amount is None or self.back >= self.amount)):
            return Status.REFUNDED
        if self.back:
            return Status.PARTLY_REFUNDED
        # of a payment whose beginning is not known only refunds and disputes are, so it was paid
        return Status(self.stage.state) if self.stage else Status.PAID

    def join(self, news: Payment) -> Payment:
        """Return this payment with what *news* says about it; the other way round it is the same."""
        stage = self.stage.or_newer(news.stage) if self.stage and news.stage else self.stage or news.stage
        disputes = dict(news.disputes)
        for id, dispute in self.disputes.items():
            disputes[id] = dispute.or_newer(disputes[id]) if id in disputes else dispute
        return Payment(
            provider=self.provider,
            id=self.id,
            stage=stage,
            amount=_amount_at(stage, self, news),
            currency=self.currency or news.currency,
            order=_fuller(self.order, news.order),
            customer=_fuller(self.customer, news.customer),
            description=_fuller(self.description, news.description),
            refunds=dict(sorted({**self.refunds, **news.refunds}.items())),
            refunded=max(self.refunded, news.refunded),
            refunded_fully=self.refunded_fully or news.refunded_fully,
            disputes=dict(sorted(disputes.items())),
            url=self.url or news.url,
            test=self.test or news.test,
        )


class PaymentEvent(InboundEvent):
    """What one notification says; ``notify`` gets the very objects that ``parse`` returns."""

    payment: Payment
    received_at: AwareDatetime


def _amount_at(stage: Stage | None, *told: Payment) -> Decimal | None:
    """Return the amount that belongs to *stage*: a capture may take less than was held."""
    known = [each for each in told if each.amount is not None]
    fitting = [each for each in known if each.stage == stage] or known
    return max((each.amount for each in fitting if each.amount is not None), default=None)


def _fuller(first: str, second: str) -> str:
    """Return the words that say more: ``A-2041`` rather than ``2041``."""
    return max(first, second, key=lambda words: (len(words), words))
