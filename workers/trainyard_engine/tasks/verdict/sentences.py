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
    """With four significant digits."""
    return f"{value:.4g}"


def named(baseline: Baseline) -> str:
    """What it is, and what it reaches."""
    return f"{BASELINES[baseline.name]} ({number(baseline.value)})"


def sentence_of(
    outcome: Outcome, contest: Contest, value: float, best: Baseline, guess: Baseline, better_by: MetricDifference
) -> str:
    """Of a model whose metric is ``value``; ``guess`` is the best of those baselines that are guesses."""
    examples = len(contest.tested.split.test)
    opening = f"{METRICS[contest.measure.name]} {number(value)} on {examples:,} test {contest.unit}"
    if outcome == Outcome.BETTER:
        low, high = (number(abs(better_by.absolute) + side * (better_by.margin or 0.0)) for side in (-1, 1))
        return (
            f"{opening}: better than {named(best)} by {number(better_by.absolute)}, "
            f"with 95 % confidence by {low} to {high}."
        )
    if outcome == Outcome.MATCHED:
        return f"{opening}: better than {named(guess)}, but a simple model does as well: {named(best)}."
    if outcome == Outcome.WORSE:
        return f"{opening}: worse than {named(guess)}."
    if outcome == Outcome.DIVERGED:
        return f"Training diverged. {opening}: no better than {named(guess)}."
    return f"{opening}: no better than {named(guess)}, as far as these test {contest.unit} tell."
