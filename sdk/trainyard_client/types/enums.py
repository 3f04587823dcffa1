"""Values that fields are limited to. Written by ``scripts/client_types.py``."""

from typing import Literal

Account = Literal["wallet", "held", "revenue", "promotions", "payments", "receivable", "tax", "rounding", "chargeback"]

Activation = Literal["relu", "gelu", "silu", "tanh"]

DisputeState = Literal["open", "approved", "rejected"]

InvoiceState = Literal["draft", "finalized", "paid", "void"]

JobState = Literal["queued", "starting", "running", "stopping", "paused", "succeeded", "failed", "cancelled"]

OrganizationState = Literal["active", "suspended", "closing", "deleted"]

PoolState = Literal["active", "closed"]

SlotKind = Literal["cpu", "cuda"]

AllowedActions = Literal["cordon", "drain", "quarantine", "remove", "retest", "uncordon"]

WorkerState = Literal["active", "cordoned", "draining", "quarantined", "removed"]

Role = Literal["owner", "admin", "member", "billing", "viewer"]

AttemptState = Literal["claimed", "training", "succeeded", "stopped", "cancelled", "failed", "lost"]

BaseDtype = Literal["float32", "stored"]

By = Literal["random", "time", "group", "given"]

Method = Literal["lora", "full"]

Quantization = Literal["none", "int8", "int4"]

TargetModules = Literal["all_linear", "attention"]

CnnConfigNorm = Literal["none", "batch"]

KernelSize = Literal[1, 3, 5, 7]

Padding = Literal["same", "valid"]

Pool = Literal["max", "average"]

ConversationProfileForm = Literal["messages", "alpaca", "sharegpt", "prompt_completion", "pairs", "rated"]

CreditGrantKind = Literal["promotional", "paid"]

CreditKind = Literal["payment", "promotional"]

DataKind = Literal["images", "texts", "conversations", "recordings", "tables", "interactions", "series"]

DatasetState = Literal["validating", "ready", "rejected"]

DatasetImportState = Literal["queued", "fetching", "finished", "failed", "cancelled"]

FindingCode = Literal["imbalance", "duplicates", "leakage"]

NumberForm = Literal["number", "decimal_comma", "datetime", "datetime_month_first", "datetime_day_first", "time_of_day"]

Scheme = Literal["iob1", "iob2", "bioes", "bilou", "plain"]

TokenProfileForm = Literal["tokens", "columns", "spans", "letters"]

DeliveryState = Literal["pending", "delivered", "failed"]

WebhookEvent = Literal[
    "webhook.test",
    "job.created",
    "job.started",
    "job.paused",
    "job.resumed",
    "job.requeued",
    "job.succeeded",
    "job.failed",
    "job.cancelled",
    "dataset.version_ready",
    "dataset.version_rejected",
    "dataset.import_finished",
    "dataset.import_failed",
    "model.registered",
    "budget.alerted",
    "wallet.low_balance",
    "invoice.finalized",
    "invoice.overdue",
    "invitation.accepted",
    "worker.lost",
    "worker.draining",
    "worker.drained",
    "worker.quarantined",
]

Stem = Literal["auto", "small", "large"]

Direction = Literal["minimize", "maximize"]

DunningAction = Literal["charge", "remind", "no_new_jobs", "stop_jobs"]

Stage = Literal["retrying", "no_new_jobs", "jobs_stopped"]

Metric = Literal["val_loss", "val_accuracy", "val_wer", "val_cer", "val_ndcg_at_10", "val_entity_f1"]

EvaluationKind = Literal["classes", "labels", "numbers", "forecast", "texts", "tags", "order", "blocks"]

Events = Literal[
    "*",
    "job.*",
    "dataset.*",
    "model.*",
    "budget.*",
    "wallet.*",
    "invoice.*",
    "invitation.*",
    "job.created",
    "job.started",
    "job.paused",
    "job.resumed",
    "job.requeued",
    "job.succeeded",
    "job.failed",
    "job.cancelled",
    "dataset.version_ready",
    "dataset.version_rejected",
    "dataset.import_finished",
    "dataset.import_failed",
    "model.registered",
    "budget.alerted",
    "wallet.low_balance",
    "invoice.finalized",
    "invoice.overdue",
    "invitation.accepted",
    "worker.*",
    "worker.lost",
    "worker.draining",
    "worker.drained",
    "worker.quarantined",
]

Unit = Literal["epochs", "steps"]

ExportState = Literal["preparing", "ready", "failed", "expired"]

Head = Literal["auto", "keep", "new"]

Format = Literal["merged"]

FreeReason = Literal[
    "not_kept", "no_training", "beyond_cap", "repeated", "starved", "included", "queued", "starting", "stopping"
]

HealthLevel = Literal["ok", "warning", "failing"]

Impute = Literal["mean", "median"]

PriorityTier = Literal["starving", "guaranteed", "fair_share"]

Init = Literal["default", "he", "xavier", "he_uniform", "he_normal", "xavier_uniform", "xavier_normal", "orthogonal"]

InputKind = Literal["text", "text_or_pair", "tokens", "beginning", "messages", "base64", "object", "steps"]

InvitationState = Literal["open", "accepted", "revoked", "expired"]

InvoiceLineKind = Literal["job", "storage", "predictions", "plan"]

MlpConfigNorm = Literal["none", "batch", "layer"]

PretrainedConfigPooling = Literal["mean", "cls"]

ResnetConfigDepth = Literal[18, 34, 50]

Pooling = Literal["last", "mean", "attention"]

RnnConfigCell = Literal["vanilla", "lstm", "gru"]

Variant = Literal["transformer", "lstm"]

SpeechRnnConfigCell = Literal["lstm", "gru"]

Subsampling = Literal[1, 2, 4]

Task = Literal[
    "image_classification",
    "image_regression",
    "text_classification",
    "text_regression",
    "sentence_embedding",
    "token_classification",
    "audio_classification",
    "speech_recognition",
    "language_modelling",
    "instruction_tuning",
    "preference_tuning",
    "translation",
    "tabular_classification",
    "tabular_regression",
    "time_series_forecasting",
    "sequence_classification",
    "recommendation",
]

TcnConfigNorm = Literal["weight", "none"]

TcnConfigPooling = Literal["last", "mean"]
