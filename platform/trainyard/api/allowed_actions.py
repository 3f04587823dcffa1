"""The response field ``allowed_actions``, from which clients decide which buttons to show."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from trainyard.api.object_actions import ObjectActions, Seen, allowed_on

if TYPE_CHECKING:
    from trainyard.api.views import TrainyardView


def seen_by(view: "TrainyardView", *, now: datetime | None = None) -> dict[str, Any]:
    """The context of a serializer: who sees the objects, by ``view``, and when, where they end by themselves."""
    return {"actor": view.actor, "now": now, "as_operator": getattr(view, "acts_as_operator", False)}


class AllowedActionsField(serializers.ListField):
    """``allowed_actions`` of the caller, who is in the serializer's context: see ``seen_by``."""

    def __init__(self, actions: ObjectActions) -> None:
        self.actions = actions
        super().__init__(
            source="*",
            read_only=True,
            child=serializers.CharField(),
            help_text=f"Actions that its state and the caller's role and scopes allow, of {', '.join(actions)}.",
        )

    def to_representation(self, value: Any) -> list[str]:
        return allowed_on(self.actions, Seen(value, **self.context))
