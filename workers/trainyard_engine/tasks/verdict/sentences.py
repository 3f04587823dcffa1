"""Verdicts in plain words."""

from trainyard_engine.tasks.verdict.contest import Contest
from trainyard_engine.tasks.verdict.measures import MetricDifference
from trainyard_spec.verdicts import Baseline, Outcome

METRICS = {
    "accuracy": "Accuracy",
    "recall_macro": "Mean recall of the classes",
    "hamming_loss": "Share of wrong answers",
    "r2": "Mean R² of the targets",
    "rmse": "Root mean squared error",
    "mae": "Mean absolute error",
    "ndcg_at_10": "NDCG of the first 10",
    "mrr": "Mean reciprocal rank",
    "spearman": "Spearman's correlation",
    "loss": "Loss per token",
    "wer": "Word error rate",
    "bleu": "BLEU",
    "entity_f1": "F1 of the entities",
}
SHARES = {"accuracy", "recall_macro", "hamming_loss", "wer", "entity_f1"}
"""Metrics of which people speak in per cent, and of their differences in percentage points."""
BASELINES = {
    "majority_class": "always answering the most frequent class",
    "majority_tag": "always answering the most frequent tag",
    "tag_of_word": "the most frequent tag of each word",
    "majority_answers": "answering about each label as is right for most rows",
    "logistic_regression": "a logistic regression",
    "naive_bayes": "naive Bayes on the tokens",
    "mean": "always answering the mean",
    "median": "always answering the median",
    "ridge_regression": "a ridge regression",
    "user_item_biases": "a bias for each user and item",
    "last_value": "repeating the last value",
    "last_season": "repeating the last season",
    "most_popular": "offering everybody the most popular items",
    "token_frequencies": "how frequent each token is",
    "base_model": "the base model, as it was registered",
    "random_order": "an order drawn by lot",
    "one_cosine": "telling the same cosine of every pair",
    "tfidf_cosine": "the TF-IDF cosine of shared words",
    "coin": "tossing a coin",
    "copy": "copying the text",
    "most_frequent_transcript": "always answering the most frequent transcript",
    "silence": "hearing nothing",
}


def number(value: float) -> str:
    """With four significant digits, and no power of ten where people write none."""
    short = f"{value:.4g}"
    return f"{float(short):,.0f}" if "e+0" in short else short


def figure(value: float, metric: str) -> str:
    """A figure; shares as a percentage."""
    return f"{number(100 * value)} %" if metric in SHARES else number(value)


def named(baseline: Baseline, metric: str) -> str:
    """What it is, and what it reaches."""
    return f"{BASELINES[baseline.name]} ({figure(baseline.value, metric)})"


def sentence_of(
    outcome: Outcome, contest: Contest, value: float, best: Baseline, guess: Baseline, better_by: MetricDifference
) -> str:
    """Sentence about a model whose metric is ``value``; ``guess`` is the best of those baselines that are guesses."""
    metric, rows = contest.measure.name, f"test {contest.unit}"
    opening = f"{METRICS[metric]} {figure(value, metric)} on {len(contest.tested.split.test):,} {rows}"
    if outcome == Outcome.BETTER:
        difference = abs(better_by.absolute)
        low, high = (difference + side * (better_by.margin or 0.0) for side in (-1, 1))
        by, least, most = (_by(each, metric) for each in (difference, low, high))
        return f"{opening}: better than {named(best, metric)} by {by}, with 95 % confidence by {least} to {most}."
    if outcome == Outcome.MATCHED:
        than, simple = named(guess, metric), named(best, metric)
        does = "better" if better_by.is_clear and better_by.absolute < 0 else "as well"
        return f"{opening}: better than {than}, but a simple model does {does}: {simple}."
    if outcome == Outcome.WORSE:
        return f"{opening}: worse than {named(guess, metric)}."
    if outcome == Outcome.DIVERGED:
        return f"Training diverged. {opening}: no better than {named(guess, metric)}."
    return f"{opening}: no better than {named(guess, metric)}, as far as these {rows} tell."


def _by(difference: float, metric: str) -> str:
    return f"{number(100 * difference)} points" if metric in SHARES else number(difference)
