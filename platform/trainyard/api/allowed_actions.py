"""What the caller may do with an object, as a field of its body: clients make their buttons from that."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from trainyard.api.actor import Actor
from trainyard.tenants.permissions import allowed_on


class AllowedActionsField(serializers.ListField):
    """``allowed_actions`` of the caller, whom the serializer's context names as ``actor``."""

    def __init__(self, actions: Mapping[str, str]) -> None:
        self.actions = actions
        super().__init__(
            source="*",
            read_only=True,
            child=serializers.CharField(),
            help_text=f"What the caller may do with it, by role and scopes, of {', '.join(actions)}.",
        )

    def to_representation(self, value: Any) -> list[str]:
        actor: Actor = self.context["actor"]
        return allowed_on(self.actions, role=actor.role, scopes=actor.scopes)
