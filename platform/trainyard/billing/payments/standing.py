"""State of a payment, derived from all known facts regardless of the order in which they arrived."""

from trainyard.billing.payments.models import Payment

State = Payment.State


def standing_micros(payment: Payment) -> int:
    """The credit that there is of it: whoever changes a payment books the difference that this makes."""
    return payment.kept_micros if payment.state == State.SETTLED else 0


def restate(payment: Payment) -> None:
    """Brings ``reversed_micros`` and ``state`` of a locked payment up to its facts. Does not save it."""
    taken = sum(each.amount_micros for each in payment.chargebacks.all() if each.is_with_the_bank)
    # No more than there is of it, however much is disputed.
    payment.reversed_micros = min(taken, payment.amount_micros - payment.refunded_micros)
    payment.state = _state(payment)


def _state(payment: Payment) -> Payment.State:
    """By the provider's clock: the later of settled and failed counts, and whether all of it was taken back since."""
    settled, failed = payment.settled_at, payment.failed_at
    if settled is None:
        return State.PENDING if failed is None else State.FAILED
    failed_later = failed is not None and failed > settled
    is_taken = payment.reversed_micros > 0 and payment.kept_micros == 0
    return State.REVERSED if is_taken or failed_later else State.SETTLED
