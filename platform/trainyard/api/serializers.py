"""Base classes and fields shared by the serializers of all resources."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from trainyard.core.money import MICROS_PER_UNIT, format_micros, to_micros
from trainyard_common.did_you_mean import did_you_mean

MAX_AMOUNT_MICROS = 10**9 * MICROS_PER_UNIT


TYPES: dict[type, tuple[type, str]] = {
    serializers.BooleanField: (bool, "Must be true or false."),
    serializers.CharField: (str, "Not a valid string."),
}
"""What the fields of a body in JSON hold, where the framework would take more for it: 0 for false, 7 for "7"."""


class Texts(dict[str, str]):
    """Query parameters as strings."""


class StrictSerializer(serializers.Serializer[Any]):
    """Base of every request body: refuses unknown fields and names the nearest known one."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        if isinstance(data, Mapping) and not isinstance(data, QueryDict | Texts):
            unknown |= self._of_another_type(data)
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **unknown}) from None
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        valid = sorted(name for name, field in self.fields.items() if not field.read_only)
        return {
            name: [ErrorDetail(f"There is no field {name}. {_nearest(name, valid)}", "unknown_field")]
            for name in map(str, data)
            if name not in valid
        }

    def _of_another_type(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        """JSON has types of its own; a form's texts are read as the framework reads them."""
        stated = {name: TYPES.get(type(field)) for name, field in self.fields.items() if not field.read_only}
        return {
            name: [ErrorDetail(wanted[1], "invalid")]
            for name, wanted in stated.items()
            if wanted and data.get(name) is not None and not isinstance(data[name], wanted[0])
        }


def _nearest(name: str, valid: list[str]) -> str:
    return did_you_mean(name, valid, otherwise=f"Valid fields: {', '.join(valid) or 'none'}.")


class NamedChoiceField(serializers.ChoiceField):
    """Choice field whose error lists all choices and names the nearest one."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError:
            choices = [str(choice) for choice in self.choices]
            near = did_you_mean(str(data), choices)
            message = f"{data} is not one of {', '.join(choices)}."
            raise serializers.ValidationError(f"{message} {near}".rstrip(), code="invalid_choice") from None


class PageSerializer(serializers.Serializer[Any]):
    """List envelope; subclasses add ``data``, the serializer of the rows."""

    if TYPE_CHECKING:
        data: Any  # a field here, the serialized whole in the base class

    next_cursor = serializers.CharField(
        allow_null=True, help_text="Cursor of the next page, to be passed as `cursor`; null on the last page."
    )


@extend_schema_field({"type": "string", "format": "decimal", "pattern": r"^-?\d+\.\d{6}$", "examples": ["1.500000"]})
class MoneyField(serializers.Field[int, Any, str, int]):
    """Amount of money: micro-units internally, a decimal string with six decimals in JSON."""

    def to_representation(self, value: int) -> str:
        return format_micros(value)


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["25.00"]})
class AmountField(serializers.DecimalField):
    """Amount of money in a request: at most six decimals; converted to micro-units."""

    def __init__(self, *, least_micros: int = 1, most_micros: int = MAX_AMOUNT_MICROS, **kwargs: Any) -> None:
        super().__init__(max_digits=16, decimal_places=6, **kwargs)
        self.least_micros, self.most_micros = least_micros, most_micros

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        micros = to_micros(super().to_internal_value(data))
        if not self.least_micros <= micros <= self.most_micros:
            least = "more than 0" if self.least_micros else "0 or more"
            message = f"The amount must be {least} and at most {format_micros(self.most_micros)}."
            raise serializers.ValidationError(message, code="invalid")
        return micros


def validated(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """``data`` as ``serializer`` reads it. Raises DRF's ``ValidationError``, which names every field at fault."""
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    values: dict[str, Any] = checked.validated_data
    return values
