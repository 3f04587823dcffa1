"""What routes of the worker protocol and of other systems' faces are sent: valid, and of one organization's things."""

from collections.abc import Mapping
from typing import Any

from tests.support.estate import Estate
from tests.support.jobs import entry_of, result_of, started
from trainyard.api.compat.tinker.messages import messages

BASE = "tiny-lm"
STATE_FILE = "adapter_model.safetensors"
WORKER = "api/worker/v1/"


def queries_of(ids: Mapping[str, str], estate: Estate) -> dict[str, Mapping[str, Any]]:
    mlflow = "api/2.0/mlflow"
    return {
        f"{mlflow}/experiments/get-by-name": {"experiment_name": "own"},
        f"{mlflow}/experiments/get": {"experiment_id": ids["experiment"]},
        f"{mlflow}/runs/get": {"run_id": ids["run"]},
        f"{mlflow}/metrics/get-history": {"run_id": ids["job"], "metric_key": "loss"},
        "api/2.0/mlflow-artifacts/artifacts": {"path": ids["artifact"].rpartition("/")[0]},
        "attempts/<str:attempt_id>/checkpoints/<int:step>/files/<str:name>": {"fence": "1"},
        "attempts/<str:attempt_id>/model/<str:name>": {"fence": "1"},
        "training-sessions/runs/<str:run_id>/states/<int:seq_id>/<str:name>": {"fence": "1"},
    }


def bodies_of(ids: Mapping[str, str], estate: Estate) -> dict[str, Any]:
    return {**_worker_bodies(ids), **_mlflow_bodies(ids), **_openai_bodies(ids), **_tinker_bodies(ids)}


def _worker_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    hardware = {"kind": "cpu", "model": "Test CPU", "memory_bytes": 2**30, "cores": 2}
    checkpoint = {"fence": 1, "step": 10, "epoch": 1, "trained_seconds": 0.01}
    result = result_of((entry_of("config.json", b"{}"),), trained_seconds=0.01).model_dump(mode="json")
    held = [{"attempt_id": ids["attempt_id"], "fence": 1}]
    about = {"name": "stranger", "slots": 1, "hardware": hardware}
    attempt, operation = "attempts/<str:attempt_id>", "training-sessions/operations/<str:operation_id>"
    state = "training-sessions/runs/<str:run_id>/states"
    files = [entry_of(STATE_FILE, b"weights").model_dump()]
    below = {
        "register": about,
        "heartbeat": {"attempts": held, "about": about},
        "claim": {"free_slots": 1},
        f"{attempt}/reports": {"fence": 1, "sequence": 2, "messages": [started().model_dump(mode="json")]},
        f"{attempt}/checkpoints": {**checkpoint, "files": [entry_of("weights.bin", b"weights").model_dump()]},
        f"{attempt}/finish": {"fence": 1, "result": {"outcome": "succeeded", "result": result}},
        "profiles/claim": {"free_slots": 1},
        "profiles/<str:profile_id>/finish": {},
        "predictions/claim": {},
        "exports/claim": {},
        "exports/<str:export_id>/finish": {},
        "predictions/<str:prediction_id>/parts": {"first": 0, "parts": []},
        "predictions/<str:prediction_id>/finish": {"predictions": [{"label": "a"}]},
        "training-sessions/claim": {"host": "a", "held": [{"run_id": ids["run_id"], "fence": 1}]},
        "training-sessions/release": {"host": "a", "runs": [ids["run_id"]]},
        f"{operation}/finish": {"host": "a", "fence": 1, "microseconds": 1, "result": {"metrics": {}}},
        state: {"host": "a", "fence": 1, "seq_id": 1, "files": files},
    }
    return {WORKER + path: body for path, body in below.items()}


def _mlflow_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    """Fields that a call does not know are let through there."""
    pair = {"key": "a", "value": "1", "timestamp": 1}
    run = {"run_id": ids["run"], **pair, "status": "KILLED", "metrics": [pair], "tags": [pair]}
    experiment = {"experiment_id": ids["experiment"], "new_name": "taken", **pair}
    below = {
        "experiments/search": {},
        "experiments/create": {"name": "another"},
        "runs/search": {"experiment_ids": [ids["experiment"], "0"]},
        "runs/create": {"experiment_id": ids["experiment"]},
        "logged-models/search": {},
        **{f"experiments/{name}": experiment for name in ("update", "delete", "restore")},
        **{f"experiments/{name}": experiment for name in ("set-experiment-tag", "delete-experiment-tag")},
        **{f"runs/{name}": run for name in ("update", "delete", "restore", "set-tag", "delete-tag")},
        **{f"runs/{name}": run for name in ("log-metric", "log-parameter", "log-batch")},
        "runs/log-inputs": {"run_id": ids["run"], "datasets": [{"dataset": {"name": "a"}}]},
    }
    return {f"compat/mlflow/api/2.0/mlflow/{path}": body for path, body in below.items()}


def _openai_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    model, job = ids["openai_model"], "fine_tuning/jobs/<str:fine_tuning_id>"
    below = {
        "files": {},
        "fine_tuning/jobs": {"model": BASE, "training_file": ids["file_id"]},
        **{f"{job}/{name}": {} for name in ("cancel", "pause", "resume")},
        "chat/completions": {"model": model, "messages": [{"role": "user", "content": "Hello"}]},
        "completions": {"model": model, "prompt": "One"},
        "embeddings": {"model": model, "input": "One"},
    }
    return {f"compat/openai/v1/{path}": body for path, body in below.items()}


def _tinker_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    model_id, session_id = ids["model_id"], ids["session_id"]
    weights = f"tinker://{model_id}/weights/best"
    sample = {"prompt": {"chunks": [{"tokens": [1]}]}, "sampling_params": {"max_tokens": 1}}
    below = {
        "client/config": {"sdk_version": "0.38.0"},
        "client/dynamic_config": {"sdk_version": "0.38.0"},
        "create_session": {"tags": [], "sdk_version": "0.38.0"},
        "session_heartbeat": {"session_id": session_id},
        "telemetry": {},
        "create_model": {"session_id": session_id, "model_seq_id": 7, "base_model": BASE, "lora_config": {"rank": 4}},
        "get_info": {"model_id": model_id},
        "forward_backward": messages().ForwardBackwardRequest(model_id=model_id, seq_id=3).SerializeToString(),
        "optim_step": {"model_id": model_id, "seq_id": 3, "adam_params": {}},
        "retrieve_future": {"request_id": ids["operation_id"]},
        "save_weights": {"model_id": model_id, "seq_id": 3, "path": "mine"},
        "save_weights_for_sampler": {"model_id": model_id, "seq_id": 3, "path": "mine"},
        "load_weights": {"model_id": model_id, "seq_id": 3, "path": weights, "optimizer": True},
        "create_sampling_session": {"session_id": session_id, "sampling_session_seq_id": 3, "model_path": weights},
        "asample": {**sample, "sampling_session_id": ids["sampler_id"], "seq_id": 0},
        "weights_info": {"tinker_path": weights},
        "sessions/<str:session_id>/finish": {"reason": {"kind": "success"}},
        "training_runs/<str:model_id>/checkpoints/<str:kind>/<str:name>/ttl": {"ttl_seconds": 3_600},
    }
    return {f"compat/tinker/api/v1/{path}": body for path, body in below.items()}
