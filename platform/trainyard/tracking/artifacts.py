"""Files that a client logs to a run, each by its path below the run: all of the tenant in context."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q, Sum

from trainyard.core import audit
from trainyard.core.blobs import blob_store
from trainyard.core.connections import blocked
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.tenancy import current_tenant
from trainyard.datasets.operations import check_room
from trainyard.tracking import operations, queries
from trainyard.tracking.models import ARTIFACT_PATH_LENGTH, Artifact, Run
from trainyard_spec.names import is_storable

MOST_ARTIFACTS = 10_000
"""Of one run: they are listed by reading them all."""


class UnsafePath(InvalidInput):
    """The path leads outside the run, or is not valid in a file system."""

    code = "unsafe_path"


class PathTaken(Conflict):
    """The path is used by a file where a directory is needed, or the other way round."""

    code = "path_taken"


class TooManyArtifacts(InvalidInput):
    """The run has the maximum number of artifact files."""

    code = "too_many_artifacts"


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """What lies in a directory of a run: a file of ``bytes``, or a directory, which has no size."""

    name: str
    bytes: int | None = None


def stored_bytes() -> int:
    """Bytes of all files that clients logged, those of deleted runs with them."""
    return int(Artifact.objects.aggregate(total=Sum("bytes"))["total"] or 0)


def artifact(*, run_id: str, path: str) -> Artifact:
    """Raises ``NotFound``."""
    found = Artifact.objects.filter(run_id=run_id, path=path).first()
    if found is None:
        raise NotFound(f"This run has no file {path!r}.")
    return found


def listed(*, run_id: str, directory: str) -> list[DirectoryEntry]:
    """What lies in ``directory``, by name; of a run itself where it is empty. Nothing of what is no directory."""
    start = f"{directory}/" if directory else ""
    found: dict[str, DirectoryEntry] = {}
    for row in below(run_id=run_id, directory=directory):
        name, _, rest = row.path.removeprefix(start).partition("/")
        found[name] = DirectoryEntry(name) if rest else DirectoryEntry(name, row.bytes)
    return [found[name] for name in sorted(found)]


def below(*, run_id: str, directory: str) -> list[Artifact]:
    """Every file below ``directory``, at any depth."""
    rows = Artifact.objects.filter(run_id=run_id)
    if not directory:
        return list(rows)
    start = f"{directory}/"
    # SQLite takes upper and lower case for one here.
    return [row for row in rows.filter(path__startswith=start) if row.path.startswith(start)]


def write(*, run_id: str, path: str, size: int, chunks: Iterable[bytes], now: datetime) -> Artifact:
    """Stores a file of ``size`` bytes at ``path``, in the place of one that is there.

    The file comes before the row that names it, and storing it belongs into no transaction; without a row after it it
    is deleted. Raises ``NotFound``, ``RunDeleted``, ``UnsafePath``, ``PathTaken``, ``TooManyArtifacts``, and
    ``StorageQuotaExceeded`` as uploads of datasets do, with which it is counted.
    """
    _check_path(path)
    if queries.run_alone(run_id).deleted_at is not None:
        raise operations.run_deleted(run_id)
    _check_place(run_id, path)
    check_room(size)
    made = Artifact(organization_id=current_tenant(), run_id=run_id, path=path, created_at=now)
    store = blob_store()
    try:
        with blocked():
            stored = store.put(made.blob_key, chunks)
        made.bytes, made.sha256 = stored.bytes, stored.sha256
        _add(made)
    finally:
        # The database decides, whatever became of the transaction.
        if not Artifact.objects.filter(id=made.id).exists():
            store.delete_prefix(made.blob_prefix)
    return made


@transaction.atomic
def delete(*, run_id: str, path: str, now: datetime) -> None:
    """Deletes the file at ``path``, or all below it; of a deleted run too. Raises ``NotFound`` where there is none."""
    rows = [*Artifact.objects.filter(run_id=run_id, path=path), *below(run_id=run_id, directory=path)]
    if not rows:
        raise NotFound(f"This run has no file {path!r}.")
    _forget(rows)
    audit.record(
        action="run.delete_artifacts",
        target=run_id,
        organization_id=current_tenant(),
        now=now,
        before={"path": path, "files": len(rows)},
    )


@transaction.atomic
def _add(made: Artifact) -> None:
    # Of two who write to one run, the second sees what the first has written.
    run = Run.objects.select_for_update().filter(id=made.run_id).first()
    if run is None:
        raise NotFound(f"There is no run {made.run_id}.")
    if run.deleted_at is not None:
        raise operations.run_deleted(run.id)
    _check_place(run.id, made.path)
    _forget(Artifact.objects.filter(run_id=run.id, path=made.path))
    # Its size was announced by whoever sent it, and others have stored in the meantime.
    check_room(made.bytes)
    made.save(force_insert=True)


def _forget(rows: Iterable[Artifact]) -> None:
    """Deletes them in the caller's transaction, and their files after it; those of a crash are found as orphans."""
    known = list(rows)
    Artifact.objects.filter(id__in=[row.id for row in known]).delete()
    for row in known:
        transaction.on_commit(partial(blob_store().delete_prefix, row.blob_prefix), robust=True)


def _check_place(run_id: str, path: str) -> None:
    """Raises ``PathTaken`` and ``TooManyArtifacts``."""
    names = path.split("/")
    parents = ["/".join(names[:depth]) for depth in range(1, len(names))]
    rows = Artifact.objects.filter(run_id=run_id)
    parent = rows.filter(path__in=parents).values_list("path", flat=True).first()
    if parent is not None:
        raise _taken(path, f"{parent!r} is a file, and not a directory.")
    if below(run_id=run_id, directory=path):
        raise _taken(path, f"{path!r} is a directory with files.")
    if rows.filter(~Q(path=path)).count() >= MOST_ARTIFACTS:
        raise TooManyArtifacts(
            f"This run has {MOST_ARTIFACTS} files, the most that one may have.",
            hint="Delete some of them, or log an archive of many.",
        )


def _taken(path: str, message: str) -> PathTaken:
    hint = "Log it by another name, or delete what is there."
    return PathTaken(message, hint=hint, errors=(FieldError("path", "path_taken", message, hint),))


def _check_path(path: str) -> None:
    """Raises ``UnsafePath``."""
    names = path.split("/")
    if len(path) > ARTIFACT_PATH_LENGTH:
        message = f"The path has more than {ARTIFACT_PATH_LENGTH} characters."
    elif any(name in ("", ".", "..") for name in names):
        message = "A path consists of names with / between them, none of which is empty, . or .."
    elif "\\" in path or not path.isprintable() or not is_storable(path):
        message = "A path holds no backslash and no control character."
    else:
        return
    hint = "Name a place below the run, such as plots/loss.png."
    raise UnsafePath(message, hint=hint, errors=(FieldError("path", "unsafe_path", message, hint),))
