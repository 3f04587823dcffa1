"""A request body with a field that does not exist is refused, with the nearest that does."""

from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from trainyard.api.problems import handle_exception
from trainyard.api.serializers import AmountField, MoneyField, StrictSerializer, validated


class Inner(StrictSerializer):
    seconds = serializers.IntegerField()


class Body(StrictSerializer):
    name = serializers.CharField()
    amount = AmountField(required=False)
    inner = Inner(required=False)


def errors_of(data: Any) -> list[dict[str, Any]]:
    with pytest.raises(serializers.ValidationError) as refusal:
        validated(Body, data)
    response = handle_exception(refusal.value, {"request": type("Request", (), {"META": {}, "path": "/"})()})
    assert response.data is not None
    errors: list[dict[str, Any]] = response.data["errors"]
    return errors


def test_a_near_miss_names_the_field_that_was_meant() -> None:
    [error] = errors_of({"name": "a", "amuont": "1"})
    assert (error["field"], error["code"]) == ("amuont", "unknown_field")
    assert "Did you mean amount?" in error["message"]


def test_a_far_miss_names_all_fields() -> None:
    [error] = errors_of({"name": "a", "zzz": 1})
    assert "Valid fields: amount, inner, name." in error["message"]


def test_every_field_at_fault_is_named_at_once_nested_ones_by_path() -> None:
    errors = errors_of({"nam": "a", "inner": {"secnods": 1}})
    assert {error["field"]: error["code"] for error in errors} == {
        "name": "required",
        "nam": "unknown_field",
        "inner.seconds": "required",
        "inner.secnods": "unknown_field",
    }


@pytest.mark.parametrize("data", [[], "text", 3, None])
def test_a_body_that_is_no_object_is_refused(data: Any) -> None:
    assert errors_of(data)


@pytest.mark.parametrize(("given", "micros"), [("25", 25_000_000), ("0.000001", 1), (Decimal("1.5"), 1_500_000)])
def test_an_amount_becomes_micro_units(given: Any, micros: int) -> None:
    assert validated(Body, {"name": "a", "amount": given})["amount"] == micros
    assert Decimal(MoneyField().to_representation(micros)) == Decimal(given)


@pytest.mark.parametrize("given", ["0", "-1", "0.0000001", "1000000001", "NaN", "Infinity", "a lot", True, [], {}])
def test_an_impossible_amount_is_refused(given: Any) -> None:
    [error] = errors_of({"name": "a", "amount": given})
    assert error["field"] == "amount"
