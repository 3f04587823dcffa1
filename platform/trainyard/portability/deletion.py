"""Erasure: an organization's data go from database and blob store for good; the books stay, under a pseudonym.

What is asked for closes the organization at once. The rest is done in the background, in steps that may each be done
again: jobs end, files are deleted, their keys destroyed, rows erased, and the owners get a receipt.
"""

import hashlib
import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from trainyard.core import audit
from trainyard.core.blobs import blob_store
from trainyard.core.encryption import keys
from trainyard.core.errors import FieldError, InvalidInput, NotFound
from trainyard.core.mail import outgoing
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import current_tenant, tenant_scope
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Job
from trainyard.portability.erasure import erase_rows
from trainyard.portability.models import Deletion
from trainyard.tenants.models import ApiKey, Membership, Organization, Role
from trainyard_spec.states import TERMINAL_STATES

logger = structlog.get_logger(__name__)

FINISH = "finish_deletions"
PSEUDONYM = "Deleted organization"
WORKERS_FORGET_AFTER = timedelta(hours=6)
"""How long a worker keeps files that nobody uses, unless its ``TRAINYARD_WORKER_CACHE_SECONDS`` says otherwise."""
KEPT = (
    "The ledger, usage, the audit log, and of jobs their ids, times and states, with no name or address. "
    "Invoices and credit notes, as tax law asks: with the buyer's legal data, and without names of jobs."
)


@transaction.atomic
def request(*, confirmation: str, requested_by: str, now: datetime) -> Deletion:
    """Closes the organization in context for good, whose name is the ``confirmation``. Raises ``InvalidInput``."""
    organization = Organization.objects.select_for_update().get(id=current_tenant())
    if confirmation != organization.name:
        message = "This is not the organization's name."
        hint = "Write its name exactly, to confirm that it is to be deleted."
        raise InvalidInput(message, hint=hint, errors=(FieldError("confirm", "mismatch", message, hint),))
    owners = Membership.objects.filter(organization=organization, role=Role.OWNER).values_list("user__email", flat=True)
    deletion, created = Deletion.objects.get_or_create(
        organization_id=organization.id,
        defaults={"requested_by": requested_by, "requested_at": now, "notify": sorted(owners)},
    )
    if created:
        Organization.objects.filter(id=organization.id).update(state=Organization.State.CLOSING)
        ApiKey.objects.filter(revoked_at=None).update(revoked_at=now)
        audit.record(
            action="organization.delete",
            target=organization.id,
            organization_id=organization.id,
            now=now,
            before={"state": organization.state},
            after={"state": Organization.State.CLOSING},
        )
    return deletion


def of_organization(organization_id: str) -> Deletion:
    """For operators. Raises ``NotFound``."""
    found = Deletion.objects.filter(organization_id=organization_id).first()
    if found is None:
        raise NotFound("This organization was not deleted.")
    return found


def finish(*, now: datetime) -> int:
    """Erases the organizations that were closed and in which nothing works any more; returns how many."""
    waiting = due(Deletion.objects.filter(finished_at=None), reconciler=FINISH, now=now).order_by("id")
    return each(
        ((deletion.id, partial(_finish, deletion, now=now)) for deletion in waiting), reconciler=FINISH, now=now
    )


def _finish(deletion: Deletion, *, now: datetime) -> bool:
    organization_id = deletion.organization_id
    with tenant_scope(organization_id):
        if _still_works(now=now):
            return False
        files = _delete_files(organization_id)
        destroyed = keys.shred(organization_id=organization_id, actor=deletion.requested_by, now=now)
        with transaction.atomic():
            rows = erase_rows(organization_id=organization_id, now=now)
            Organization.objects.filter(id=organization_id).update(
                name=PSEUDONYM, state=Organization.State.DELETED, requires_second_factor=False
            )
            receipt = _receipt(deletion, rows=rows, files=files, keys_destroyed=destroyed, now=now)
            open_one = Deletion.objects.filter(id=deletion.id, finished_at=None)
            if open_one.update(finished_at=now, receipt=receipt, notify=[]) != 1:
                return False
            audit.record(
                action="organization.erased",
                target=organization_id,
                organization_id=organization_id,
                now=now,
                receipt_sha256=receipt["sha256"],
            )
            _tell(deletion, receipt)
    logger.info("organization.erased", organization_id=organization_id, files=files)
    return True


def _still_works(*, now: datetime) -> bool:
    """Whether a job has not ended yet, or a process still writes what it makes of an upload."""
    if Job.objects.exclude(state__in=TERMINAL_STATES).exists():
        return True
    return DatasetVersion.objects.filter(state=DatasetVersion.State.VALIDATING, validation_expires_at__gt=now).exists()


def _delete_files(organization_id: str) -> int:
    prefix = f"organizations/{organization_id}"
    files = sum(1 for _ in blob_store().keys(prefix))
    blob_store().delete_prefix(prefix)
    return files


def _receipt(deletion: Deletion, *, now: datetime, **done: Any) -> dict[str, Any]:
    """What was erased, what stays and why; ``sha256`` is over the rest, as sorted JSON, and stands in the trail."""
    receipt = {
        "organization": deletion.organization_id,
        "requested_by": deletion.requested_by,
        "requested_at": deletion.requested_at.isoformat(),
        "finished_at": now.isoformat(),
        **done,
        "worker_caches_empty_by": (now + WORKERS_FORGET_AFTER).isoformat(),
        "kept": KEPT,
    }
    return {**receipt, "sha256": hashlib.sha256(json.dumps(receipt, sort_keys=True).encode()).hexdigest()}


def _tell(deletion: Deletion, receipt: dict[str, Any]) -> None:
    body = (
        f"Your organization {deletion.organization_id} was deleted, as an owner asked.\n\n"
        f"{json.dumps(receipt, indent=1, sort_keys=True)}\n\nTrainyard {settings.ENVIRONMENT.public_url}"
    )
    for address in deletion.notify:
        outgoing.send(EmailMessage("Receipt: your organization was deleted", body, to=[address]))
