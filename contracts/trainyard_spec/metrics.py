"""Evaluation metrics: name, meaning, and whether higher or lower is better."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["minimize", "maximize"]

ValidationMetric = Literal["val_loss", "val_accuracy", "val_wer", "val_cer", "val_ndcg_at_10", "val_entity_f1"]
"""What early stopping and a plateau schedule may watch; which of them a task has, its row in ``TRAITS`` says."""
VALIDATION_PREFIX = "val_"


@dataclass(frozen=True, slots=True)
class Metric:
    """Evaluation metric. ``meaning`` is shown to people and begins with the metric's standard name."""

    name: str
    higher_is_better: bool
    meaning: str

    @property
    def direction(self) -> Direction:
        return "maximize" if self.higher_is_better else "minimize"

    @property
    def sign(self) -> float:
        """What makes larger better."""
        return 1.0 if self.higher_is_better else -1.0


def _errors(**meanings: str) -> tuple[Metric, ...]:
    return tuple(Metric(name, False, meaning) for name, meaning in meanings.items())


def _scores(**meanings: str) -> tuple[Metric, ...]:
    return tuple(Metric(name, True, meaning) for name, meaning in meanings.items())


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *_errors(loss="Mean loss over the examples, labels neither smoothed nor weighted."),
        *_scores(
            accuracy="Accuracy: the share of rows, or tokens, that are right; of several labels, all of them.",
            f1_macro="Macro-averaged F1: the mean over classes.",
            f1_micro="Micro-averaged F1: over all answers together.",
            precision_macro="Macro-averaged precision.",
            recall_macro="Macro-averaged recall.",
            roc_auc="Area under the ROC curve; of more than two classes the mean of one against the rest.",
        ),
        *_scores(
            entity_precision="Entity-level precision (as seqeval has it): the share of told entities that are right.",
            entity_recall="Entity-level recall: the share of entities that are found, whole and of the right type.",
            entity_f1="Entity-level F1, micro-averaged over all entities (CoNLL-2003, seqeval).",
        ),
        *_errors(hamming_loss="Hamming loss: the share of wrong labels."),
        *_errors(
            mse="Mean squared error.",
            rmse="Root mean squared error, in the target's units.",
            mae="Mean absolute error, in the target's units.",
            mape="Mean absolute percentage error, as a share of one.",
            smape="Symmetric mean absolute percentage error, from 0 to 2.",
            mase="Mean absolute scaled error (Hyndman & Koehler, 2006): by the mean change from step to step.",
            naive_mae="Mean absolute error of repeating the last value: a baseline.",
            seasonal_naive_mae="Mean absolute error of repeating the last season: a baseline.",
        ),
        *_scores(r2="Coefficient of determination, R²."),
        *_errors(
            wer="Word error rate: edit distance by words said.",
            cer="Character error rate: edit distance by characters said.",
            perplexity="Perplexity: the exponential of the loss.",
            bits_per_character="Bits per character, comparable between tokenizers.",
        ),
        *_scores(reward_margin="Reward margin: of chosen answers over rejected ones, by implicit rewards."),
        *_scores(
            exact_match="Exact match: the share of written answers that are the references.",
            contains="The share of written answers that contain the text looked for.",
            regex="The share of written answers in which the regular expression matches.",
            rouge_l="ROUGE-L (Lin, 2004): F1 of the longest common subsequence of words, mean over answers.",
            json_schema="The share of written answers that are JSON as the schema allows.",
            text_similarity="1 less the Levenshtein distance as a share of the longer text, mean over answers.",
        ),
        *_scores(
            bleu="Corpus BLEU (Papineni et al., 2002), from 0 to 1.",
            ndcg_at_10="Normalized discounted cumulative gain of the first 10 places, mean over users.",
            hit_rate_at_10="Hit rate: the share of users who find any of their items in the first 10 places.",
            recall_at_10="Recall: the share of a user's items, or of texts' partners, in the first 10 places.",
            recall_at_1="Recall: the share of texts whose partner is the nearest of all.",
            mrr="Mean reciprocal rank of a text's partner among all, the nearest first.",
            spearman="Spearman's rank correlation of cosines with the scores.",
        ),
    )
}


def metric_of(name: str) -> Metric:
    """The metric in a result's or a point's ``name``: ``rmse/price`` and ``val_rmse`` are the ``rmse`` of something."""
    return METRICS[name.removeprefix(VALIDATION_PREFIX).partition("/")[0]]
