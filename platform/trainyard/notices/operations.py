"""Reading notices."""

from django.db import transaction

from trainyard.notices import queries
from trainyard.notices.models import ReadMark
from trainyard.notices.queries import NoticeReader


@transaction.atomic
def mark_read(reader: NoticeReader, *, through: str) -> None:
    """``reader`` has read the notice ``through``, by its id, and all before it. What was read stays read.

    Raises ``NotFound``.
    """
    sequence = queries.notice(reader, through).sequence
    mark, _ = ReadMark.across_tenants.get_or_create(organization_id=reader.organization_id, user_id=reader.user_id)
    # Nobody there to change: a later notice was read already, in another tab.
    ReadMark.across_tenants.filter(id=mark.id, read_through__lt=sequence).update(read_through=sequence)
