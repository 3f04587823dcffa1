"""Webhook endpoints of the operators, for events of the platform: the views of ``v1.webhooks`` in operator scope."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from trainyard.api.permissions import OPERATOR
from trainyard.api.v1.webhooks import views
from trainyard.api.views import TrainyardView
from trainyard.core.domain_events import PLATFORM_ORGANIZATION
from trainyard.core.tenancy import tenant_scope


class AsOperators(TrainyardView):
    """Runs in the operators' scope, even if the operator is also a member of an organization."""

    acts_as_operator = True  # so that what is theirs to do is told by that, and by no role

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.request_scope.enter_context(tenant_scope(PLATFORM_ORGANIZATION))


def _for_operators(view: type[TrainyardView], **operation_ids: str) -> type[TrainyardView]:
    actions = dict.fromkeys(view.actions, OPERATOR)
    made = type(f"Admin{view.__name__}", (AsOperators, view), {"actions": actions, "__doc__": view.__doc__})
    return extend_schema_view(
        **{method: extend_schema(operation_id=operation_id) for method, operation_id in operation_ids.items()}
    )(made)


event_types = _for_operators(views.EventTypesView, get="adminListWebhookEventTypes")
endpoints = _for_operators(views.EndpointsView, get="adminListWebhookEndpoints", post="adminCreateWebhookEndpoint")
endpoint = _for_operators(
    views.EndpointView,
    get="adminGetWebhookEndpoint",
    patch="adminChangeWebhookEndpoint",
    delete="adminDeleteWebhookEndpoint",
)
rotate = _for_operators(views.RotateSecretView, post="adminRotateWebhookSecret")
test_event = _for_operators(views.TestEventView, post="adminTestWebhookEndpoint")
deliveries = _for_operators(views.DeliveriesView, get="adminListWebhookDeliveries")
delivery = _for_operators(views.DeliveryView, get="adminGetWebhookDelivery")
replay = _for_operators(views.ReplayView, post="adminReplayWebhookDelivery")
replay_failed = _for_operators(views.ReplayFailedView, post="adminReplayFailedWebhookDeliveries")
