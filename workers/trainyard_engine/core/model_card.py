"""Model card: what people should know about a model, as a page."""

from collections.abc import Iterable, Iterator

from trainyard_engine.core.model_directory import ModelManifest
from trainyard_engine.core.split import Split
from trainyard_spec.verdicts import Verdict


def card_of(manifest: ModelManifest, *, split: Split, test_metrics: dict[str, float]) -> str:
    """Markdown, a function of what is given alone."""
    spec = manifest.spec
    facts = {
        "task": spec.task,
        "architecture": spec.architecture.name,
        "parameters": f"{manifest.parameters:,}",
        "data": spec.dataset,
        "SHA-256 of the compiled data": manifest.dataset_sha256,
        "examples that train": f"{len(split.train):,}",
        "examples that validate": f"{len(split.val):,}",
        "examples that test": f"{len(split.test):,}",
        "device, precision": f"{manifest.device}, {manifest.precision}",
        "PyTorch": manifest.torch,
    }
    if manifest.init_from:
        start = manifest.init_from
        facts["started from"] = f"{start.model}, its head {start.head}"
        facts["SHA-256 of its weights"] = start.weights_sha256
        facts["SHA-256 of its ancestors' weights"] = ", ".join(start.ancestors) or "none"
    parts = [f"# {spec.name}"]
    if manifest.verdict:
        parts += _verdict(manifest.verdict)
    parts += ["## Facts", _table(("", ""), facts.items())]
    parts += ["## Test metrics", _table(("metric", "value"), ((name, f"{v:.6g}") for name, v in test_metrics.items()))]
    if manifest.resolved:
        parts += ["## Resolved training", _block(manifest.resolved.model_dump_json(indent=2))]
    parts += ["## Spec", _block(spec.model_dump_json(indent=2, exclude_defaults=True))]
    return "\n\n".join(parts) + "\n"


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield verdict.sentence
    if verdict.signs:
        yield "\n".join(f"- {sign.message}" for sign in verdict.signs)
    yield "## Baselines"
    rows = ((found.name, f"{found.value:.6g}", f"{found.rows:,}") for found in verdict.baselines)
    yield _table(("baseline", verdict.metric, "training examples"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows))


def _block(json: str) -> str:
    return f"```json\n{json}\n```"
