"""Results of compiling a dataset: a profile and arrays, or problems.

A compiled dataset is a directory of ``.npy`` files, opened memory-mapped, plus ``dataset.json`` (a
``CompiledDataset``). Images: ``images.npy`` uint8 (rows, channels, height, width). Tables: ``numeric.npy`` float64
(rows, numeric columns; NaN marks a missing value) and ``categorical.npy`` int32 (rows, categorical columns; -1
marks a missing value). Texts: ``text.npy`` uint8 (bytes,), the UTF-8 of all rows one after the other, and
``text_offsets.npy`` int64 (rows + 1,): row i is ``text[offsets[i]:offsets[i + 1]]``; translations in the same way
``translation.npy`` and ``translation_offsets.npy``, and of pairs of texts ``positive.npy``, the second, and where there
is one ``negative.npy``; scores of pairs are their ``target.npy``, float64. Tagged texts: ``word.npy`` with
``word_offsets.npy`` int64 (words + 1,), the words of all rows as texts are held, and ``tag.npy`` int32 (words,) class
indices with ``tag_offsets.npy`` int64 (rows + 1,): row i has the words and tags from ``tag_offsets[i]`` on.
Conversations: ``text.npy`` with its offsets likewise, a JSON object a row, of
``trainyard_engine.modalities.text.conversations``. Series: ``values.npy`` float64
(steps, channels; NaN marks a missing value), the steps of all series one after the other in the order of their times,
and ``values_offsets.npy`` int64 (series + 1,); here a row is a series, and ``name.npy`` with ``name_offsets.npy``
hold their names, where they have any.
Interactions: ``user.npy`` and ``item.npy`` int32 (rows,), positions in ``users.npy`` and ``items.npy``, which hold the
names as texts are held, in the order of their UTF-8; ``time.npy`` float64 (rows,), numbers that grow, if there are any.
Recordings: ``audio.npy`` int16 (samples,) with ``audio_offsets.npy`` likewise, and for speech
``transcript.npy`` int32 (characters,), numbers in the alphabet, with ``transcript_offsets.npy``.
Any may have ``split_split.npy``, and tables, texts from tables and files that a table describes ``split_time.npy`` and
``split_group.npy`` too, by which they can be split, float64 (rows,): places in ``PARTS``, times, numbers of groups. A
forecast's ``split_split.npy`` is float64 (steps,), and grows within each series. Their profile's ``split_by``
holds, by the option that asks for such an array, the column that it was read from, or what else that option said; the
columns are no features.
``row.npy`` int64 holds the uploaded rows, from 1, that rows, or the steps of series, were made from, where these do not
simply follow one another; ``name.npy`` with its offsets the files of an archive, or the series, that rows are.
All but documents, translations, tagged texts, speech, and forecasts, whose target is channel 0: ``target.npy``, int64
(rows,) class indices or float64 (rows,) for a regression; where rows have several labels, uint8 (rows, classes), 1 for
those that a row has, and for several ``targets`` float64 (rows, targets).
Numbers are kept in float64 and become float32 when they have been centred and scaled: digits that tell values apart
may stand behind many that do not. Datasets of earlier versions hold float32 instead, and are read alike.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from trainyard_spec.base import WireModel
from trainyard_spec.files import FileEntry
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.tasks import Task

BLANK = 0
"""The number that is no character of an alphabet."""

BYTES_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 4
"""About, in tokenizers of today: the second is what a chat template puts around a message."""

PARTS = ("train", "val", "test")
"""The parts of a split, in the order of their numbers in ``split_split.npy``."""


class Problem(WireModel):
    """One problem in an uploaded file. ``row`` counts data rows from 1; unknown locations are ``None``."""

    file: str | None = None
    row: int | None = None
    column: str | None = None
    code: str
    message: str


NumberForm = Literal["number", "decimal_comma", "datetime", "datetime_month_first", "datetime_day_first", "time_of_day"]


class NumericColumn(WireModel):
    """Numeric column.

    ``form`` is the format of its values: numbers with decimal point or comma, dates, or times of day. Dates and times
    become seconds since 1970 (the year is first unless the form says otherwise); times of day become seconds since
    midnight.
    """

    kind: Literal["numeric"] = "numeric"
    name: str
    form: NumberForm = "number"
    missing: int
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None


class CategoricalColumn(WireModel):
    """Categorical column. ``categories`` are in index order: the value ``categories[i]`` is stored as ``i``."""

    kind: Literal["categorical"] = "categorical"
    name: str
    missing: int
    categories: tuple[str, ...]


AnyColumn = Annotated[NumericColumn | CategoricalColumn, Field(discriminator="kind")]


class TargetProfile(WireModel):
    """Data with a target: a class, a set of labels, or one or several numbers per row.

    ``target`` is the column to predict, and ``None`` where folders are the classes. ``targets`` are all target columns
    where they were given as a list; ``target`` is then the first. ``multi_label``: a row may have any number of the
    classes.
    """

    target: str | None = None
    targets: tuple[str, ...] = ()
    multi_label: bool = False


class ImageProfile(TargetProfile):
    """Images of ``channels`` 1 or 3; ``resized`` of them had another size than ``height`` × ``width`` pixels.

    ``target`` is a column of the archive's table ``labels``, if it has one.
    """

    kind: Literal["images"] = "images"
    channels: int
    height: int
    width: int
    resized: int
    split_by: dict[str, str] = {}


class TableProfile(TargetProfile):
    """Feature columns in stored order (numeric and categorical separately), without the target."""

    kind: Literal["table"] = "table"
    target: str
    columns: tuple[AnyColumn, ...]
    dropped: tuple[str, ...] = ()
    """Columns that carry nothing to learn from (constant, or text of too many values), by name."""
    split_by: dict[str, str] = {}


class TextProfile(TargetProfile):
    """Texts as stored.

    ``shortest``, ``longest`` and ``mean`` are in characters; ``truncated`` counts texts that were cut. ``text`` and
    ``target`` are columns of a table, and ``None`` for an archive with a folder per class. For pairs of texts,
    ``target`` is the second text, and ``form`` says whether the pair stands alone, has a negative, or has a score.
    """

    kind: Literal["text"] = "text"
    text: str | None = None
    shortest: int
    longest: int
    mean: float
    truncated: int = 0
    form: Literal["pairs", "triplets", "scored"] | None = None
    split_by: dict[str, str] = {}


class ConversationProfile(WireModel):
    """Conversations as stored. ``form`` is the format of the uploaded file.

    ``tokens`` is their estimated total number of tokens, and ``trained_tokens`` that of the assistant messages;
    ``longest`` and ``mean`` are tokens per conversation. The estimate is ``BYTES_PER_TOKEN`` bytes per token plus
    ``TOKENS_PER_MESSAGE`` per message; only a model's own tokenizer gives exact counts. ``longer_than`` maps a number
    of tokens to the number of conversations that are longer. ``messages`` counts turns; ``with_tools`` counts
    conversations that may call tools.
    """

    kind: Literal["conversations"] = "conversations"
    form: Literal["messages", "alpaca", "sharegpt", "prompt_completion", "pairs", "rated"]
    messages: int
    tokens: int
    trained_tokens: int
    longest: int
    mean: float
    longer_than: dict[str, int] = {}
    with_tools: int = 0
    split_by: dict[str, str] = {}

    @property
    def has_pairs(self) -> bool:
        return self.form == "pairs"


class SeriesProfile(WireModel):
    """Time series in the order of their timestamps; ``channels`` are the values of a step, in stored order.

    In forecasting the first channel is the ``target``; in classification no channel is. ``series`` is the column that
    identifies a series, and ``None`` where all rows are one series. ``time_form`` is the format of the timestamps.
    ``shortest`` and ``longest`` are in steps.
    """

    kind: Literal["series"] = "series"
    target: str
    time: str
    time_form: NumberForm = "datetime"
    series: str | None = None
    channels: tuple[NumericColumn, ...]
    dropped: tuple[str, ...] = ()
    steps: int
    shortest: int
    longest: int
    split_by: dict[str, str] = {}


class RecordingProfile(WireModel):
    """Recordings as stored, at ``sample_rate`` samples per second.

    ``shortest``, ``longest`` and ``mean`` are in seconds. ``resampled`` of them had another sample rate, and ``mixed``
    of them had several channels, which were mixed to one. ``alphabet`` lists the characters of the transcripts, if
    there are any, in the order of their indices, which begin at 1.
    """

    kind: Literal["recordings"] = "recordings"
    sample_rate: int
    shortest: float
    longest: float
    mean: float
    resampled: int
    mixed: int
    alphabet: tuple[str, ...] = ()
    split_by: dict[str, str] = {}


class InteractionProfile(WireModel):
    """Interactions of ``users`` different users with ``items`` different items; text fields name columns.

    Without ``target`` there are no ratings (implicit feedback). ``repeated`` counts interactions that were dropped
    because the user already had one with the item.
    """

    kind: Literal["interactions"] = "interactions"
    user: str
    item: str
    target: str | None = None
    time: str | None = None
    users: int
    items: int
    minimum: float | None = None
    maximum: float | None = None
    repeated: int = 0
    split_by: dict[str, str] = {}


AnyProfile = Annotated[
    ImageProfile
    | TableProfile
    | TextProfile
    | TokenProfile
    | ConversationProfile
    | SeriesProfile
    | RecordingProfile
    | InteractionProfile,
    Field(discriminator="kind"),
]


def has_labels(profile: AnyProfile) -> bool:
    """Whether a row may have any number of the classes, and not one."""
    return isinstance(profile, TargetProfile) and profile.multi_label


class DatasetSummary(WireModel):
    """Description of a compiled dataset without its arrays.

    ``classes`` are in index order, and empty for a regression; ``class_counts`` belong to them and count tokens where
    words are tagged. ``given_rows`` counts the rows (in forecasting, the steps) that the option ``split`` assigns to
    each of ``PARTS``; it is missing without that option and in datasets of earlier releases.
    """

    task: Task
    rows: int
    classes: tuple[str, ...] = ()
    class_counts: tuple[int, ...] = ()
    given_rows: tuple[int, int, int] | None = None
    profile: AnyProfile


class CompiledDataset(DatasetSummary):
    """Content of ``dataset.json``. ``entries`` maps an array to its length if that is not one entry per row."""

    format: Literal[1] = 1
    entries: dict[str, int] = {}
    files: tuple[FileEntry, ...]
    warnings: tuple[Problem, ...] = ()


class CompileResult(WireModel):
    """Last line that ``trainyard_engine compile`` prints.

    The file was rejected exactly when ``dataset`` is ``None``.
    """

    type: Literal["compiled"] = "compiled"
    dataset: CompiledDataset | None
    problems: tuple[Problem, ...] = ()
    problems_omitted: int = 0


def profile_summary(dataset: CompiledDataset) -> dict[str, Any]:
    """The part of a compiled dataset that the API shows as ``profile``: everything but files and warnings."""
    return dataset.model_dump(mode="json", exclude={"files", "warnings", "format", "entries"})
