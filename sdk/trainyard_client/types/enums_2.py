"""Values that fields are limited to. Written by ``scripts/client_types.py``."""

from typing import Literal

Loss = Literal[
    "auto",
    "cross_entropy",
    "focal",
    "bce",
    "mse",
    "mae",
    "huber",
    "ctc",
    "dpo",
    "orpo",
    "kto",
    "info_nce",
    "cosine_similarity",
]

NonFinite = Literal["recover", "fail"]

Precision = Literal["auto", "fp32", "bf16", "fp16"]

Scale = Literal["standardize", "min_max", "none"]

Scaling = Literal["per_series", "global", "per_window"]

Sharding = Literal["none", "full"]

Tokenizer = Literal["words", "bpe", "characters", "char_ngrams"]

Positions = Literal["sinusoidal", "learned"]

TransformerConfigActivation = Literal["relu", "gelu", "silu"]

TransformerConfigNorm = Literal["pre", "post"]

VggConfigDepth = Literal[11, 13, 16, 19]

VitConfigStem = Literal["auto", "patches", "convolutional"]

Outcome = Literal["better", "matched", "no_better", "worse", "diverged"]

LedgerKind = Literal[
    "credit", "hold", "usage", "release", "invoice", "payment", "correction", "expiry", "refund", "reversal"
]

Level = Literal["info", "warning", "error"]

LimitedBy = Literal["max_cost", "max_runtime_seconds"]

MeKind = Literal["user", "api_key"]

MeterPriceKind = Literal["predictions", "storage"]

Origin = Literal["trained", "imported"]

ModelExportState = Literal["queued", "running", "succeeded", "failed"]

NoticeType = Literal[
    "job.succeeded",
    "job.failed",
    "job.paused",
    "dataset.version_rejected",
    "dataset.import_failed",
    "budget.alerted",
    "wallet.low_balance",
    "invoice.finalized",
    "invoice.overdue",
    "invitation.accepted",
    "worker.lost",
    "worker.quarantined",
]

PaymentKind = Literal["top_up", "auto_top_up", "invoice"]

PaymentState = Literal["pending", "settled", "failed", "reversed"]

PresetName = Literal["fast", "balanced", "best"]

WaitReasonCode = Literal[
    "no_worker",
    "no_open_worker",
    "no_suitable_worker",
    "starts",
    "slots_coming",
    "running_limit",
    "own_jobs_first",
    "fair_share",
    "slots_taken",
    "too_few_free",
]

WaitingFor = Literal["worker", "slot", "retry", "claim"]

Source = Literal["measured", "measured_profile", "same_sizes", "similar_jobs", "calibrated_model", "cost_model"]

SpeedProfileState = Literal["queued", "running", "measured", "failed"]

RefundState = Literal["pending", "settled", "failed"]

RevenueDayKind = Literal["training", "storage", "predictions", "plan", "corrections"]

TokenType = Literal["Bearer"]

WebhookEndpointKind = Literal["webhook", "slack", "email"]
