"""One competitor on one method, in a process of its own: see ``benchmarks.engine.worker``.

``python -m benchmarks.language.worker COMPETITOR METHOD DATA THREADS``
"""

import sys
from importlib import import_module
from pathlib import Path

import torch

from benchmarks.engine.worker import serve
from benchmarks.language.workloads import WORKLOADS

COMPETITORS = {
    "engine": ("benchmarks.engine.competitors.engine", "prepare"),
    "hand": ("benchmarks.language.hand", "prepare"),
    "trl, packed": ("benchmarks.language.trl_sft", "packed"),
    "trl, unpacked": ("benchmarks.language.trl_sft", "unpacked"),
}
"""By name: the module of each, and its function that makes ready."""

if __name__ == "__main__":
    competitor, method, data, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    module, function = COMPETITORS[competitor]
    prepare = getattr(import_module(module), function)
    serve(lambda: prepare(WORKLOADS[method], Path(data), threads=int(threads)))
