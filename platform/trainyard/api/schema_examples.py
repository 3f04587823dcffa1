"""Examples in the OpenAPI document: request and response of each GET, POST and PATCH.

Each is generated from the schema that it illustrates, with values chosen by field name, so that it never shows a field
that does not exist. Fields that depend on one another have a hand-written example here.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trainyard_spec.training import TrainingSpec

METHODS = ("get", "post", "patch")
JSON = "application/json"
DEEPEST = 12
MICRO_DIGITS = 6
ULID = "01jd7k3v9q8m4t2x6w5r0yhbnc"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

SPEC: dict[str, Any] = {
    "name": "penguins-mlp",
    "dataset": f"dsv_{ULID}",
    "task": "tabular_classification",
    "architecture": {"name": "mlp", "hidden": [128, 64]},
    "training": {"epochs": 20, "batch_size": 64, "optimizer": {"name": "adamw", "lr": 0.001}},
    "limits": {"max_cost": "5.00"},
}
STORED_SPEC = TrainingSpec.model_validate(SPEC).model_dump(mode="json")
WHOLE: dict[str, Any] = {
    "TrainingSpec": STORED_SPEC,
    "JobSubmissionRequest": SPEC,
    "TrainingSpecRequest": SPEC,
    "CompileOptionsRequest": {"target": "species"},
    "DatasetCreateRequest": {
        "name": "penguins",
        "task": "tabular_classification",
        "options": {"target": "species"},
    },
    "DatasetImportCreateRequest": {"url": "https://data.example.org/penguins.csv"},
    "PredictRequest": {"inputs": ["The film was better than the book."]},
    "Predictions": {
        "predictions": [{"label": "positive", "probabilities": {"positive": 0.93, "negative": 0.07}, "warnings": []}]
    },
    "DatasetPreview": {
        "rows": [{"bill_length_mm": 39.1, "island": "Torgersen", "species": "Adelie"}],
        "images": [],
        "recordings": [],
        "series": [],
        "columns": [
            {
                "name": "bill_length_mm",
                "kind": "number",
                "form": "float",
                "missing": 2,
                "histogram": {"edges": [32.1, 45.85, 59.6], "counts": [198, 144]},
                "categories": [],
                "categories_omitted": 0,
            }
        ],
        "findings": [],
    },
    "ResumeRequest": {"max_cost": "10.00"},
    "WebhookEndpointCreateRequest": {"url": "https://hooks.example.org/trainyard", "events": ["job.*"]},
    "PatchedWebhookEndpointChangeRequest": {"events": ["job.*", "wallet.low_balance"]},
    "PatchedPoolChangeRequest": {"state": "closed"},
    "PatchedWalletSettingsRequest": {
        "auto_top_up": {"threshold": "10.00", "amount": "50.00", "monthly_limit": "200.00"},
        "low_balance": "20.00",
    },
    "PatchedBudgetChangeRequest": {"amount": "250.00", "alert_percents": [50, 80, 100]},
    "PatchedBillingProfileRequest": {"legal_name": "Example Ltd", "country": "DE", "vat_id": "DE123456789"},
    "PatchedPlanOfferRequest": {"is_offered": False},
    "QuotaChangeRequest": {"pool": "default", "weight": 2.0, "max_running_jobs": 8},
    "LimitsRequest": {"max_stored_bytes": 1_099_511_627_776},
    "ApiKeyCreateRequest": {"name": "ci", "role": "member", "scopes": ["jobs:write"], "monthly_cap": "50.00"},
    "BulkCancelRequest": {"ids": [f"job_{ULID}"]},
    "RedeemRequest": {"code": "WELCOME"},
    "LabelsRequest": {"labels": {"zone": "eu-1"}},
}
"""By the component's name."""
NOT_YET = frozenset(
    {
        "error", "started_at", "first_step_at", "finished_at", "voided_at", "revoked_at", "paused_until", "replaces",
        "previous_secret_expires_at", "init_from", "model_id", "version_id", "verdict", "test_metrics", "deleted_at",
        "resolved_training", "last_used_at", "ended_at", "next_plan", "total_bytes", "retest_at", "effective_until",
        "next_cursor", "impersonation",
    }
)  # fmt: skip
"""Fields of what was just made that are still null."""
PREFIXES = {
    "AdminDispute": "dsp", "AdminInvoice": "inv", "AdminJob": "job", "AdminOrganization": "org", "AdminPool": "pool",
    "AdminWorker": "wrk", "ApiKey": "key", "Attempt": "att", "AuditEvent": "aud", "BindingQuote": "qt", "Budget": "bud",
    "BulkCancelItem": "job", "Checkpoint": "ckpt", "ContractedPrice": "cpr", "CreatedOrganization": "org",
    "CreditGrant": "grant", "CreditNote": "cn", "Dataset": "ds", "DatasetDetail": "ds", "DatasetImport": "imp",
    "DatasetVersion": "dsv", "DatasetVersionSummary": "dsv", "Delivery": "whd", "DeliveryDetail": "whd",
    "Dispute": "dsp", "Export": "exp", "Invitation": "invt", "Invoice": "inv", "InvoiceSummary": "inv",
    "IssuedApiKey": "key", "IssuedEnrolmentToken": "enr", "Job": "job", "Me": "usr", "Member": "usr",
    "Membership": "org", "MeterPrice": "price", "Model": "mdl", "ModelDetail": "mdl", "Organization": "org",
    "OrganizationRef": "org", "OwnOrganization": "org", "Payment": "pay", "Plan": "plan", "Price": "price",
    "PromoCode": "promo", "Rate": "price", "Refund": "rfd", "SentInvitation": "invt", "SupportAccess": "sup",
    "Upload": "upl", "UsageRecord": "use", "WebhookEndpoint": "whe", "WebhookEndpointWithSecret": "whe",
    "LedgerTransaction": "txn", "ListPrice": "price",
}  # fmt: skip
"""Of ``id`` in a component, and of ``…_id`` in any."""
OWNERS = {
    "job": "job", "dataset": "ds", "version": "dsv", "model": "mdl", "organization": "org", "invoice": "inv",
    "pool": "pool", "worker": "wrk", "endpoint": "whe", "attempt": "att", "plan": "plan", "user": "usr",
    "event": "evt", "upload": "upl",
}  # fmt: skip
VALUES: dict[str, Any] = {
    "name": "penguins", "filename": "penguins.csv", "url": "https://data.example.org/penguins.csv", "pool": "default",
    "currency": "USD", "country": "DE", "seller_country": "DE", "buyer_country": "DE", "vat_id": "DE123456789",
    "legal_name": "Example Ltd", "address_line1": "1 Example Street", "address_line2": "", "city": "Berlin",
    "postal_code": "10115", "time_zone": "Europe/Berlin", "email": "ada@example.org", "owner_email": "ada@example.org",
    "reason": "Maintenance.", "message": "What happened, in a sentence.", "hint": "What to do about it.",
    "code": "out_of_vocabulary", "disabled_reason": "", "failures": 0, "task": "tabular_classification",
    "dataset_version": f"dsv_{ULID}", "init_from": f"mdl_{ULID}", "sha256": SHA256,
    "weights_sha256": SHA256, "hash": SHA256, "prefix": "ty_live_3f9a", "architecture": "mlp",
    "events": ["job.*"], "number": "2026-000042", "rows": 344, "bytes": 15_241, "total_bytes": 15_241,
    "percent": 45.0, "step": 90, "total_steps": 200, "epoch": 9, "epochs": 20, "eta_seconds": 41,
    "alert_percents": [80, 100], "month": "2026-11", "amount": "50.00", "per_slot_second": "0.000100",
    "price_per_slot_second": "0.000100", "scopes": ["jobs:write"], "labels": {"zone": "eu-1"}, "actor": f"usr_{ULID}",
    "permissions": ["datasets.read", "jobs.read", "jobs.write"], "user_code": "WDJB-MJHT", "address": "203.0.113.7",
    "created_by": f"key_{ULID}", "metrics": {"latest": {"train_loss": 0.31}}, "test_metrics": {"test_accuracy": 0.97},
    "dataset": f"dsv_{ULID}", "spec": SPEC, "title": "Penguins", "version": "1",
}  # fmt: skip
"""By a field's name, where its schema allows the value."""
FORMATS = {
    "date-time": "2026-11-30T12:00:00Z",
    "date": "2026-11-30",
    "decimal": "12.50",
    "email": "ada@example.org",
    "uri": "https://example.org",
}

Schema = dict[str, Any]


def describe_examples(result: Schema, **_: Any) -> Schema:
    """Adds to each request and answer of ``METHODS`` the example of its component, which stands once."""
    examples = _Examples(result["components"]["schemas"])
    for path in result["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            answers = [answer for code, answer in operation["responses"].items() if code != "default"]
            for holder in (operation.get("requestBody", {}), *answers):
                if (media := holder.get("content", {}).get(JSON)) and "$ref" in media["schema"]:
                    name = media["schema"]["$ref"].rpartition("/")[2]
                    media["examples"] = {"example": {"$ref": f"#/components/examples/{examples.named(name)}"}}
    result["components"]["examples"] = {name: {"value": value} for name, value in sorted(examples.made.items())}
    return result


class _Examples:
    """``made`` are the examples of named components."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self.made: dict[str, Any] = {}
        self._schemas = schemas

    def named(self, name: str) -> str:
        if name not in self.made:
            self.made[name] = self._component(name, 0)
        return name

    def _component(self, name: str, depth: int) -> Any:
        if name in WHOLE:
            return WHOLE[name]
        return self._value(self._schemas[name], field="", owner=name.removesuffix("Request"), depth=depth)

    def _value(self, schema: Schema, *, field: str, owner: str, depth: int) -> Any:
        if "$ref" in schema:
            return self._component(schema["$ref"].rpartition("/")[2], depth)
        for choice in ("oneOf", "anyOf", "allOf"):
            if choice in schema:
                if field in NOT_YET and {"type": "null"} in schema[choice]:
                    return None
                first = next(each for each in schema[choice] if each.get("type") != "null")
                return self._value(first, field=field, owner=owner, depth=depth)
        if "const" in schema or "enum" in schema:
            return schema.get("const", next((each for each in schema.get("enum", ()) if each), None))
        kinds = schema.get("type", "object")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "null" in kinds and (depth > DEEPEST or field in NOT_YET):
            return None
        kind = next(each for each in kinds if each != "null")
        known = _known(field, owner, kind, schema)
        return self._made(kind, schema, field=field, owner=owner, depth=depth) if known is None else known

    def _made(self, kind: str, schema: Schema, *, field: str, owner: str, depth: int) -> Any:
        if kind == "object":
            required, fields = schema.get("required", ()), schema.get("properties", {})
            shown = required or fields
            return {
                name: self._value(each, field=name, owner=owner, depth=depth + 1)
                for name, each in fields.items()
                if name in shown
            }
        if kind == "array":
            items = schema.get("items", {})
            return [self._value(items, field=field.removesuffix("s"), owner=owner, depth=depth + 1)] if items else []
        if kind == "boolean":
            return bool(schema.get("default", True))
        if kind in ("integer", "number"):
            least: Any = schema.get("minimum", schema.get("exclusiveMinimum", 0))
            return schema.get("default") or max(least + ("exclusiveMinimum" in schema), 1)
        made = FORMATS.get(schema.get("format", ""), field.replace("_", " ") or "text")
        return _spelt(made, schema)[: schema.get("maxLength", len(made) + MICRO_DIGITS)]


_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "array": (list,), "object": (dict,),
}  # fmt: skip


def _known(field: str, owner: str, kind: str, schema: Schema) -> Any:
    """The value for a field of that name, where there is one of that kind."""
    if kind == "string" and (prefix := _prefix(field, owner)):
        return f"{prefix}_{ULID}"
    value = VALUES.get(field)
    if value is None or not isinstance(value, _PYTHON.get(kind, ())) or schema.get("format") in ("date-time", "date"):
        return None
    return _spelt(value, schema) if isinstance(value, str) else value


def _spelt(text: str, schema: Schema) -> str:
    """Amounts of money are answered with all their digits."""
    return f"{Decimal(text):.{MICRO_DIGITS}f}" if f"{{{MICRO_DIGITS}}}" in schema.get("pattern", "") else text


def _prefix(field: str, owner: str) -> str | None:
    if field == "id":
        return PREFIXES.get(owner, owner.lower()[:4])
    return OWNERS.get(field.removesuffix("_id").rpartition("_")[2]) if field.endswith("_id") else None
