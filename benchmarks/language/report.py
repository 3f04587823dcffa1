"""``language``: fine-tuning beside a loop by hand, writing beside ``transformers.generate``, sessions, first tokens.

The models are tiny: what is measured is what lies around the arithmetic of a network.
"""

import copy
import os
import tempfile
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer, models

from benchmarks import training_sessions
from benchmarks.engine.rounds import Comparison, compare
from benchmarks.generation import PROMPT, TOKENS, WORDS, by_engine, by_transformers, medians_by_turns, tiny_network
from benchmarks.language.first_token import first_token_seconds
from benchmarks.language.workloads import LENGTH, conversations
from benchmarks.report_page import machine, markdown
from tests.support.tiny_language_model import register_language_model
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE
from trainyard_engine.generation.port import BASE
from trainyard_engine.generation.transformers_engine import TransformersEngine

ROUNDS, SECONDS, HIDDEN = 5, 2.0, 128
SPEED, MEMORY = "1.0 or more", "1.05 or less"
Row = list[str]


def report() -> None:
    """Prints one table: what is measured, what it is beside, the ratio, and the aim."""
    with tempfile.TemporaryDirectory() as text:
        directory = Path(text)
        rows = [*fine_tuning_rows(directory), *writing_rows(), *session_rows(), first_token_row(directory)]
    print(f"Medians, by turns where two are compared; {machine()}.\n")
    print(markdown(("measured", "attained", "beside", "ratio or difference", "aim"), rows))
    print("\nTRL's SFTTrainer is compared with by `make bench-trl`.")


def fine_tuning_rows(directory: Path) -> list[Row]:
    """Tokens a second of packed rows, and the peak of resident memory of the whole process."""
    os.environ[MODELS_VARIABLE] = str(register_language_model(directory / "models", hidden=HIDDEN))
    data = conversations(directory / "conversations")
    rows: list[Row] = []
    for method in ("lora", "full"):
        found = compare(
            method,
            data,
            ("engine", "hand"),
            threads=1,
            rounds=ROUNDS,
            seconds=SECONDS,
            module="benchmarks.language.worker",
        )
        rows += _compared(method, found)
    return rows


def _compared(method: str, found: Comparison) -> list[Row]:
    rates = [f"{found.rate(name) * LENGTH:,.0f} tokens/s" for name in ("engine", "hand")]
    peaks = [found.peaks[name] / 1e6 for name in ("engine", "hand")]
    return [
        [f"SFT, {method}, packed", *rates, f"{found.ratio('hand'):.2f}", SPEED],
        [f"SFT, {method}, by processor time", "", "", f"{found.cpu_ratio('hand'):.2f}", SPEED],
        [f"SFT, {method}, peak memory", *(f"{peak:,.0f} MB" for peak in peaks), f"{peaks[0] / peaks[1]:.2f}", MEMORY],
    ]


def writing_rows() -> list[Row]:
    """Tokens a second beside ``transformers.generate``, of one text and of eight."""
    torch.set_num_threads(1)
    network = tiny_network()
    engine = TransformersEngine(copy.deepcopy(network), Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    rows = []
    for size in (1, 8):
        prompts = torch.randint(0, WORDS, (size, PROMPT), generator=torch.Generator().manual_seed(size))
        ours, theirs = medians_by_turns(
            partial(by_engine, engine, prompts, [BASE]), partial(by_transformers, network, prompts), rounds=ROUNDS
        )
        rates = [f"{size * TOKENS / seconds:,.0f} tokens/s" for seconds in (ours, theirs)]
        rows.append([f"writing, {size} at once, beside generate", *rates, f"{theirs / ours:.2f}", SPEED])
    return rows


def session_rows() -> list[Row]:
    """A client's call of forward_backward beside the engine's own step, and many adapters beside one."""
    found = training_sessions.measured()
    most = training_sessions.MOST_OVERHEAD_SECONDS * 1000
    trip = [f"{seconds * 1000:.1f} ms" for seconds in (found.trip, found.own)]
    many, least = training_sessions.ADAPTERS, training_sessions.LEAST_SHARE
    return [
        ["forward_backward by the tinker client, p50", *trip, f"{found.overhead_ms:.1f} ms", f"{most:.0f} ms or less"],
        [f"{many} adapters on one base", "", "one adapter", f"{found.share:.2f}", f"{least} or more"],
    ]


def first_token_row(directory: Path) -> Row:
    """Through the API, in a stream, of a model that is in memory."""
    models_directory = register_language_model(directory / "served", hidden=HIDDEN)
    seconds = first_token_seconds(directory, models_directory)
    return ["time to first token through the API", f"{seconds * 1000:.0f} ms", "", "", ""]
