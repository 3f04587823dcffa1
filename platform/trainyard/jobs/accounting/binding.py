"""Binding quotes: a guaranteed maximum cost of one spec, encoded in the quote's signed id.

Nothing is stored until a job accepts the quote: the id contains the organization, the spec and the maximum. The
customer pays the actual cost or the maximum, whichever is less.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.core import signing

from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.tenancy import current_tenant
from trainyard.jobs.accounting.estimates import Estimate, EstimateSource
from trainyard.jobs.lifecycle.specs import JobPlan
from trainyard_spec.training import TrainingSpec

SALT = "trainyard.quote"
PREFIX = "qt_"
GOOD_FOR = timedelta(hours=24)
MARGIN_PERCENT = 25
"""On top of the dearest estimate: what speeds differ by between one run and the next."""
GOOD_ENOUGH = frozenset({EstimateSource.MEASURED, EstimateSource.MEASURED_PROFILE, EstimateSource.SAME_SIZES})
"""Estimates that a promise is made on: by the same network on the same data."""


class QuoteNotValid(InvalidInput):
    """The quote is not from this platform, is for another spec or organization, or has expired."""

    code = "quote_not_valid"


@dataclass(frozen=True, slots=True)
class BindingQuote:
    """A job that is submitted with this ``id`` before ``expires_at`` costs at most ``maximum_micros``."""

    id: str
    maximum_micros: int
    expires_at: datetime


def promise(planned: JobPlan, estimate: Estimate, *, now: datetime) -> BindingQuote | None:
    """``None`` where the estimate is not good enough to be held to."""
    if estimate.source not in GOOD_ENOUGH:
        return None
    most = -(-estimate.cost_high_micros * (100 + MARGIN_PERCENT) // 100)
    maximum, expires_at = min(max(most, 1), planned.most_micros), now + GOOD_FOR
    told = {
        "organization": current_tenant(),
        "spec": _digest(planned.spec),
        "currency": planned.price.currency,
        "maximum": maximum,
        "until": int(expires_at.timestamp()),
    }
    until = datetime.fromtimestamp(int(expires_at.timestamp()), UTC)
    return BindingQuote(PREFIX + signing.dumps(told, salt=SALT), maximum, until)


def accepted(quote_id: str, *, spec: TrainingSpec, currency: str, now: datetime) -> int:
    """The most that a job of ``spec`` costs by the quote. Raises ``QuoteNotValid``."""
    try:
        told = signing.loads(quote_id.removeprefix(PREFIX), salt=SALT)
    except signing.BadSignature:
        raise _refused("This is no quote of this platform.") from None
    if told["organization"] != current_tenant() or told["currency"] != currency:
        raise _refused("This is no quote of your organization.")
    if told["until"] <= now.timestamp():
        raise _refused("The quote has expired.")
    if told["spec"] != _digest(spec):
        raise _refused("The quote is for another spec.")
    maximum: int = told["maximum"]
    return maximum


def _digest(spec: TrainingSpec) -> str:
    whole = spec.model_dump(mode="json", exclude={"name"})
    return sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _refused(message: str) -> QuoteNotValid:
    hint = "Ask POST /jobs/quote again, with the spec that you will submit."
    return QuoteNotValid(message, hint=hint, errors=(FieldError("accept_quote", "quote_not_valid", message, hint),))
