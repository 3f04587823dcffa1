"""What was found in a dataset, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import ConversationProfileForm, NumberForm, Scheme, TokenProfileForm


class CategoricalColumn(TypedDict):
    """Categorical column. ``categories`` are in index order: the value ``categories[i]`` is stored as ``i``."""

    kind: Literal["categorical"]
    name: str
    missing: int
    categories: list[str]


class ConversationProfile(TypedDict):
    """Conversations as stored. ``form`` is the format of the uploaded file."""

    kind: Literal["conversations"]
    form: ConversationProfileForm
    messages: int
    tokens: int
    trained_tokens: int
    longest: int
    mean: float
    longer_than: NotRequired[dict[str, int]]
    with_tools: NotRequired[int]
    split_by: NotRequired[dict[str, str]]


class ImageProfile(TypedDict):
    """Images of ``channels`` 1 or 3; ``resized`` of them had another size than ``height`` × ``width`` pixels."""

    target: NotRequired[str | None]
    targets: NotRequired[list[str]]
    multi_label: NotRequired[bool]
    kind: Literal["images"]
    channels: int
    height: int
    width: int
    resized: int
    split_by: NotRequired[dict[str, str]]


class InteractionProfile(TypedDict):
    """Interactions of ``users`` different users with ``items`` different items; text fields name columns."""

    kind: Literal["interactions"]
    user: str
    item: str
    target: NotRequired[str | None]
    time: NotRequired[str | None]
    users: int
    items: int
    minimum: NotRequired[float | None]
    maximum: NotRequired[float | None]
    repeated: NotRequired[int]
    split_by: NotRequired[dict[str, str]]


class RecordingProfile(TypedDict):
    """Recordings as stored, at ``sample_rate`` samples per second."""

    kind: Literal["recordings"]
    sample_rate: int
    shortest: float
    longest: float
    mean: float
    resampled: int
    mixed: int
    alphabet: NotRequired[list[str]]
    split_by: NotRequired[dict[str, str]]


class NumericColumn(TypedDict):
    """Numeric column."""

    kind: Literal["numeric"]
    name: str
    form: NotRequired[NumberForm]
    missing: int
    minimum: NotRequired[float | None]
    maximum: NotRequired[float | None]
    mean: NotRequired[float | None]


class SeriesProfile(TypedDict):
    """Time series in the order of their timestamps; ``channels`` are the values of a step, in stored order."""

    kind: Literal["series"]
    target: str
    time: str
    time_form: NotRequired[NumberForm]
    series: NotRequired[str | None]
    channels: list[NumericColumn]
    dropped: NotRequired[list[str]]
    steps: int
    shortest: int
    longest: int
    split_by: NotRequired[dict[str, str]]


class TableProfile(TypedDict):
    """Feature columns in stored order (numeric and categorical separately), without the target."""

    target: str
    targets: NotRequired[list[str]]
    multi_label: NotRequired[bool]
    kind: Literal["table"]
    columns: list[NumericColumn | CategoricalColumn]
    dropped: NotRequired[list[str]]
    split_by: NotRequired[dict[str, str]]


class TextProfile(TypedDict):
    """Texts as stored."""

    target: NotRequired[str | None]
    targets: NotRequired[list[str]]
    multi_label: NotRequired[bool]
    kind: Literal["text"]
    text: NotRequired[str | None]
    shortest: int
    longest: int
    mean: float
    truncated: NotRequired[int]
    form: NotRequired[Literal["pairs", "triplets", "scored"] | None]
    split_by: NotRequired[dict[str, str]]


class TokenProfile(TypedDict):
    """Texts with a tag per word, or sequences with a tag per letter."""

    kind: Literal["tokens"]
    form: TokenProfileForm
    scheme: Scheme
    tokens: int
    shortest: int
    longest: int
    mean: float
    entities: NotRequired[dict[str, int]]
    stray: NotRequired[int]
    widened: NotRequired[int]
    split_by: NotRequired[dict[str, str]]
