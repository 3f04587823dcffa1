"""Options, losses, metrics and recommendations shared by several rows of the task registry."""

from trainyard_spec.task_traits import ArchitectureRecommendation

SPLIT_OPTIONS = ("time", "group", "split")
BY_COLUMN = ("random", "time", "group", "given")
"""Of tasks whose rows may be rows of a table, with further columns."""

CLASS_LOSSES = ("cross_entropy", "focal", "bce")
TOKEN_LOSSES = ("cross_entropy",)
PREFERENCE_LOSSES = ("dpo", "orpo", "kto")
EMBEDDING_LOSSES = ("info_nce", "cosine_similarity")
NUMBER_LOSSES = ("mse", "mae", "huber")

CLASS_METRICS = ("loss", "accuracy", "f1_macro", "f1_micro", "precision_macro", "recall_macro", "roc_auc")
LABEL_METRICS = (*CLASS_METRICS, "hamming_loss")
TAG_METRICS = ("loss", "accuracy", "f1_macro", "entity_precision", "entity_recall", "entity_f1")
NUMBER_METRICS = ("loss", "rmse", "mae", "mse", "r2", "mape", "smape")

FOR_IMAGES = (ArchitectureRecommendation("cnn"), ArchitectureRecommendation("resnet", rows=5_000))
FOR_TEXTS = (ArchitectureRecommendation("text_pool"), ArchitectureRecommendation("transformer", rows=20_000))
