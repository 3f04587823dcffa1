"""Notices: events since a person last read them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import paginate
from trainyard.api.permissions import PERSON
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.notices.serializers import NoticePageSerializer, NoticeSerializer, ReadNoticesSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.tenancy import platform_scope
from trainyard.notices import operations, queries


class NoticesOfSomebody(TrainyardView):
    """Base of the views of the caller's own notices."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.actor.is_operator:  # what operators are told of belongs to no organization
            self.request_scope.enter_context(platform_scope())

    def reader(self) -> queries.NoticeReader:
        """Whoever lacks the second factor that their organization asks for reads nothing of it."""
        actor = self.actor
        return queries.NoticeReader(
            user_id=actor.name,
            organization_id=actor.organization_id,
            role="" if actor.lacks_second_factor else actor.role,
            is_operator=actor.is_operator,
        )


class NoticesView(NoticesOfSomebody):
    actions = {"GET": PERSON}

    @extend_schema(operation_id="listNotices", parameters=PAGE_PARAMETERS, responses=NoticePageSerializer)
    def get(self, request: Request) -> Response:
        """Notices about jobs, data and money, newest first; operators also get notices about workers."""
        reader = self.reader()
        page = paginate(queries.notices(reader), request)
        context = {"read_through": queries.read_through(reader)}
        return Response(page.body(NoticeSerializer(page.rows, many=True, context=context).data))


class ReadNoticesView(NoticesOfSomebody):
    actions = {"POST": PERSON}

    @extend_schema(operation_id="readNotices", request=ReadNoticesSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Marks a notice and all older ones as read by you."""
        body = validated(ReadNoticesSerializer, request.data)
        operations.mark_read(self.reader(), through=body["through"])
        return Response(status=status.HTTP_204_NO_CONTENT)
