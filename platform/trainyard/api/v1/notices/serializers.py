"""Bodies of notices."""

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from trainyard.api.serializers import PageSerializer, StrictSerializer
from trainyard.core.models import DomainEvent
from trainyard.notices.queries import NOTICED, NOTICED_BY_OPERATORS


class NoticeSerializer(serializers.Serializer[Any]):
    if TYPE_CHECKING:
        data: Any

    id = serializers.CharField(help_text="Id of the event, as in webhooks.")
    type = serializers.ChoiceField(choices=[event.value for event in (*NOTICED, *NOTICED_BY_OPERATORS)])
    object_id = serializers.CharField(help_text="Id of the object: a job, a dataset version, an invoice, …")
    data = serializers.DictField(help_text="As `GET /webhooks/event-types` describes it.")
    read = serializers.SerializerMethodField(help_text="Whether you have read it.")
    created_at = serializers.DateTimeField()

    def get_read(self, event: DomainEvent) -> bool:
        return event.sequence <= int(self.context["read_through"])


class NoticePageSerializer(PageSerializer):
    data = NoticeSerializer(many=True)


class ReadNoticesSerializer(StrictSerializer):
    through = serializers.CharField(max_length=32, help_text="Id of the newest notice that was read.")
