"""Document numbers without gaps per legal entity: the number and its document commit in one transaction."""

from django.db.models import F

from trainyard.billing.invoices.models import LegalEntity, NumberSequence

INFIX = {NumberSequence.Kind.INVOICE: "", NumberSequence.Kind.CREDIT_NOTE: "CN-"}


def next_number(entity: LegalEntity, kind: NumberSequence.Kind) -> tuple[int, str]:
    """The next sequence number and how it is written. Whoever asks next waits for the caller's transaction."""
    numbers = NumberSequence.objects.filter(legal_entity=entity, kind=kind)
    if not numbers.exists():
        NumberSequence.objects.bulk_create([NumberSequence(legal_entity=entity, kind=kind)], ignore_conflicts=True)
    given = numbers.select_for_update().get().next_number
    numbers.update(next_number=F("next_number") + 1)
    return given, f"{entity.number_prefix}-{INFIX[kind]}{given:06d}"
