"""Budgets: what may be spent in a calendar month."""

from __future__ import annotations

from collections.abc import Sequence

from trainyard_client.core.calls import delete, get, given, pages, patch, post
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import Budget


class Budgets(Resource[M]):
    """Budgets of every calendar month (UTC)."""

    @method
    def create(
        self,
        *,
        name: str,
        amount: str,
        alert_percents: Sequence[int] | None = None,
        is_hard: bool | None = None,
    ) -> Steps[Budget]:
        """A budget of ``amount``, a decimal. Before a hard one is passed, jobs stop with a checkpoint."""
        percents = None if alert_percents is None else [*alert_percents]
        body = given({"name": name, "amount": amount, "alert_percents": percents, "is_hard": is_hard})
        return post(Budget, "budgets", body)

    @method
    def get(self, budget_id: str) -> Steps[Budget]:
        """A budget, with what was spent of it this month."""
        return get(Budget, f"budgets/{budget_id}")

    @method
    def change(
        self,
        budget_id: str,
        *,
        name: str | None = None,
        amount: str | None = None,
        alert_percents: Sequence[int] | None = None,
        is_hard: bool | None = None,
    ) -> Steps[Budget]:
        """Changes what is given."""
        percents = None if alert_percents is None else [*alert_percents]
        changes = given({"name": name, "amount": amount, "alert_percents": percents, "is_hard": is_hard})
        return patch(Budget, f"budgets/{budget_id}", changes)

    @method
    def delete(self, budget_id: str) -> Steps[None]:
        """Ends a budget; what was spent stays spent."""
        return delete(f"budgets/{budget_id}")

    @listing
    def list(self, *, limit: int | None = None) -> Flow[Budget]:
        """Budgets, newest first."""
        return pages(Budget, "budgets", limit=limit)
