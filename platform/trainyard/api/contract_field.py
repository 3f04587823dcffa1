"""Serializer field whose shape is that of a contract model."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from pydantic import BaseModel, TypeAdapter, ValidationError
from rest_framework import serializers

from trainyard_common.did_you_mean import did_you_mean
from trainyard_spec.validation import message_of

REF_TEMPLATE = "#/components/schemas/{model}"


class ContractField(serializers.Field):  # type: ignore[type-arg]
    """JSON described by ``contract`` (a pydantic model, or a union of them).

    Input is validated, unknown fields are refused, and the value is plain JSON without the fields that were left out.
    Output is the stored JSON as it is.
    """

    def __init__(self, contract: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contract = contract
        self.adapter: TypeAdapter[Any] = TypeAdapter(contract)

    def to_representation(self, value: Any) -> Any:
        return value

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self._refuse_unknown(data)
        try:
            value = self.adapter.validate_python(data)
        except ValidationError as error:
            raise serializers.ValidationError(
                {".".join(map(str, item["loc"])) or "non_field_errors": [message_of(item)] for item in error.errors()},
                code="invalid",
            ) from None
        return self.adapter.dump_python(value, mode="json", exclude_unset=True)

    def _refuse_unknown(self, data: dict[str, Any]) -> None:
        if not (isinstance(self.contract, type) and issubclass(self.contract, BaseModel)):
            return
        valid = sorted(self.contract.model_fields)
        unknown = {}
        for name in data.keys() - set(valid):
            hint = did_you_mean(str(name), valid, otherwise=f"Valid fields: {', '.join(valid)}.")
            unknown[str(name)] = [serializers.ErrorDetail(f"There is no field {name}. {hint}", "unknown_field")]
        if unknown:
            raise serializers.ValidationError(unknown)


class ContractFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Adds the contract's JSON Schema to the OpenAPI document, with its definitions as components."""

    target_class = ContractField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        mode = "validation" if direction == "request" else "serialization"
        schema: dict[str, Any] = self.target.adapter.json_schema(ref_template=REF_TEMPLATE, mode=mode)
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part)  # type: ignore[no-untyped-call]
            auto_schema.registry.register_on_missing(component)
        return schema
