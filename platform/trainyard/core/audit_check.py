"""Verification of the audit log's hash chain."""

from collections.abc import Iterator

from trainyard.core.audit import hash_of
from trainyard.core.check_results import CheckResult
from trainyard.core.models import AuditChain, AuditEvent

RULE = "audit"
FIRST = ""


def check() -> tuple[int, list[CheckResult]]:
    """The number of events that were looked at, and what shows that some were altered, removed or put in between."""
    chains = {chain.organization_id: chain for chain in AuditChain.objects.all()}
    count, findings = 0, []
    for organization_id in sorted({*chains, *_organizations()}):
        chain = chains.get(organization_id) or AuditChain(organization_id=organization_id)
        for finding in _check_chain(chain):
            findings.append(finding)
        count += AuditEvent.objects.filter(organization_id=organization_id).count()
    return count, findings


def _organizations() -> set[str]:
    return set(AuditEvent.objects.order_by().values_list("organization_id", flat=True).distinct())


def _check_chain(chain: AuditChain) -> Iterator[CheckResult]:
    whose = chain.organization_id or "the platform"
    expected, previous = 1, FIRST
    events = AuditEvent.objects.filter(organization_id=chain.organization_id).order_by("sequence")
    for event in events.iterator():
        if event.sequence != expected:
            yield CheckResult(RULE, whose, f"events {expected} to {event.sequence - 1} are missing before {event.id}")
        elif event.previous_hash != previous:
            yield CheckResult(RULE, event.id, f"event {event.sequence} of {whose} does not follow the one before it")
        if hash_of(event) != event.hash:
            yield CheckResult(RULE, event.id, f"event {event.sequence} of {whose} was altered")
        expected, previous = event.sequence + 1, event.hash
    if (expected - 1, previous) != (chain.length, chain.head_hash):
        yield CheckResult(
            RULE, whose, f"the chain had {chain.length} events and ends with another or at {expected - 1}"
        )
