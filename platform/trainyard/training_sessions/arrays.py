"""Arrays of operations: small ones as rows beside the journal's, large ones in the blob store.

What lies in a row is durable by the commit that journals its operation. A blob is so by several syncs of the disk, or a
request to the object store, before that.
"""

from collections.abc import Iterator

from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.core.prepared import PreparedQuery
from trainyard.training_sessions.models import Operation, OperationArrays, TrainingRun

MOST_ROW_BYTES = 2**16
"""Of arrays in a row: some thousand tokens."""
PAYLOAD, DATA = OperationArrays.Name.PAYLOAD, OperationArrays.Name.DATA


def stored(operation: Operation, name: str, content: bytes) -> OperationArrays | None:
    """The row with the arrays, to be written with what tells of them; large ones are a blob by then.

    Outside a transaction. Raises ``StorageFull``.
    """
    if len(content) > MOST_ROW_BYTES:
        blob_store().write(_place(operation, name), [content])
        return None
    sealed = blob_store().sealed(_place(operation, name), content)
    return OperationArrays(operation=operation, name=name, content=sealed)


def read(operation: Operation, name: str) -> bytes:
    """Raises ``BlobNotFound``."""
    for row in _ROW.rows(operation_id=operation.id, name=name):
        return blob_store().opened(_place(operation, name), bytes(row.content))
    with blob_store().open(_place(operation, name)) as content:
        return content.read()


def delete(operation: Operation) -> None:
    """Both arrays of one that ended."""
    blob_store().delete_prefix(operation.blob_prefix)
    OperationArrays.objects.filter(operation=operation).delete()


def delete_payloads(run: TrainingRun, *, to_seq: int) -> None:
    """Rows of what no replay needs any more: the run is resumed from its state after ``to_seq``, or a later one."""
    covered = Operation.objects.filter(run=run, seq_id__lte=to_seq)
    OperationArrays.objects.filter(operation__in=covered, name=PAYLOAD).delete()


def in_rows(organization_id: str) -> Iterator[tuple[str, bytes]]:
    """Where in the blob store each array of an organization that lies in a row would be, and its content."""
    rows = OperationArrays.across_tenants.filter(organization_id=organization_id).select_related("operation")
    for row in rows.order_by("pk").iterator():
        place = _place(row.operation, row.name)
        try:
            yield place, blob_store().opened(place, bytes(row.content))
        except BlobNotFound:
            continue


_ROW: PreparedQuery[OperationArrays] = PreparedQuery(
    lambda *, operation_id, name: OperationArrays.objects.filter(operation=operation_id, name=name),
    "operation_id",
    "name",
)


def _place(operation: Operation, name: str) -> str:
    return f"{operation.blob_prefix}/{name}"
