"""Problems of an uploaded file: every code, and the log that collects what was found."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import islice
from typing import NoReturn

from trainyard_spec.datasets import Problem


class Code(StrEnum):
    """A code and, as ``meaning``, what it tells: the table in docs/datasets.md."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> "Code":
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class ProblemCode(Code):
    """Why a file is rejected."""

    EMPTY_FILE = "empty_file", "The file has no content, or a table has no rows below its header."
    TOO_FEW_ROWS = "too_few_rows", "Fewer than 10 rows, images, texts or recordings, or series to classify."
    ONE_CLASS = "one_class", "All rows or files belong to one class: there is nothing to tell apart."
    CLASS_TOO_SMALL = "class_too_small", "A class has fewer than 3 rows; each part of the split needs one."
    TOO_MANY_CLASSES = "too_many_classes", "More than 10,000 classes, or a class name over 200 characters."
    DATASET_TOO_LARGE = "dataset_too_large", "The compiled arrays would take more than 32 GiB."
    TOO_LITTLE_MEMORY = "too_little_memory", "Reading the file takes more memory than a check may use."
    OPTION_NOT_USED = "option_not_used", "An option that the task does not use, such as a text for images."
    OUTPUT_EXISTS = "output_exists", "Something else already lies where the dataset was to be written."
    OUTPUT_BUSY = "output_busy", "Another compilation is writing to the same place."

    NOT_AN_ARCHIVE = "not_an_archive", "Class folders come as a zip or tar archive, and the content is neither."
    DAMAGED_ARCHIVE = "damaged_archive", "The archive, or one file in it, cannot be unpacked or fails its checksum."
    ENCRYPTED_ARCHIVE = "encrypted_archive", "A file in the archive needs a password."
    UNSUPPORTED_COMPRESSION = "unsupported_compression", "A file in the zip is neither stored nor deflated."
    PATH_TRAVERSAL = "path_traversal", "A name with .., a leading / or a drive letter."
    BAD_NAME = "bad_name", "A name that is not UTF-8, holds control characters or is too long."
    LINK_IN_ARCHIVE = "link_in_archive", "A symbolic or hard link in the archive."
    SPECIAL_FILE = "special_file", "A device, pipe or sparse file in the archive."
    DUPLICATE_NAME = "duplicate_name", "Two files of the archive have the same name."
    NESTED_ARCHIVE = "nested_archive", "An archive inside the archive."
    TOO_MANY_FILES = "too_many_files", "More than 500,000 entries in the archive."
    FILE_TOO_LARGE = "file_too_large", "A file of more than 64 MiB in the archive."
    ARCHIVE_BOMB = (
        "archive_bomb",
        "The archive unpacks to over 64 GiB or 200 times its size, or to too many pixels or samples for it.",
    )

    NO_IMAGES = "no_images", "The archive, or the Parquet file, holds no image of a kind that is read."
    NO_TEXTS = "no_texts", "The archive holds no .txt file, or the file is a document whose text is not plain."
    NO_CLASS_FOLDER = (
        "no_class_folder",
        "More than half of the files lie outside any class folder.",
    )
    SPLIT_FOLDERS = (
        "split_folders",
        "The folders are parts of a split, train, test, …, where they should be classes, or the reverse.",
    )
    TOO_MANY_SCANS = "too_many_scans", "A JPEG image of more than 100 scans, or more than 16 of 40,000,000 pixels."
    UNREADABLE_IMAGE = "unreadable_image", "A file named like an image that is none, or that is damaged."
    TOO_MANY_PIXELS = "too_many_pixels", "An image of more than 40 million pixels."

    LABELS_TABLE_MISSING = "labels_table_missing", "The archive holds no labels.csv, of which the target is a column."
    DUPLICATE_TABLE = "duplicate_table", "The archive holds two tables of labels."
    FILE_COLUMN_MISSING = "file_column_missing", "No column of labels.csv names the files."
    LABELLED_FILE_MISSING = "labelled_file_missing", "A row of labels.csv names a file that is not in the archive."
    LABELS_MISSING = "labels_missing", "More than half of the archive's files have no row in labels.csv."
    DUPLICATE_LABELS = "duplicate_labels", "A file of the archive with two rows in labels.csv."

    NO_RECORDINGS = "no_recordings", "The archive, or the Parquet file, holds no WAV, FLAC, OGG or MP3 recording."
    UNREADABLE_RECORDING = "unreadable_recording", "A file named like a recording that is none, or that is damaged."
    UNSUPPORTED_RECORDING = "unsupported_recording", "A recording of more than 8 channels, or not of 1 to 192 kHz."
    RECORDING_TOO_LONG = "recording_too_long", "A recording of more seconds than the option max_seconds allows."
    RECORDING_TOO_SHORT = "recording_too_short", "A recording of less than 0.05 seconds."
    RECORDING_MISSING = "recording_missing", "A row of transcripts.csv names a recording that is not in the archive."
    TRANSCRIPT_MISSING = (
        "transcript_missing",
        "More than half of the recordings have no transcript with letters.",
    )
    DUPLICATE_TRANSCRIPT = "duplicate_transcript", "A recording with two transcripts."
    TOO_MANY_CHARACTERS = "too_many_characters", "More than 5,000 different characters in the transcripts."

    NOT_A_TABLE = "not_a_table", "The content is not CSV, Parquet or JSON."
    MALFORMED_TABLE = "malformed_table", "The table's structure is broken, for example by a quote never closed."
    ENCODING = "encoding", "Text in an encoding that is not read, or that breaks off its own."
    NUL_CHARACTER = "nul_character", "A NUL character, or half a character, in a text or the name of a column."
    RAGGED_ROW = "ragged_row", "A CSV row with more or fewer cells than the header."
    INVALID_JSON = "invalid_json", "A line, or an item of an array, that is not one JSON object."
    EMPTY_COLUMN_NAME = "empty_column_name", "A column without a name."
    DUPLICATE_COLUMN = "duplicate_column", "Two columns have the same name."
    TOO_MANY_COLUMNS = "too_many_columns", "More than 10,000 columns."
    NO_FEATURES = "no_features", "Besides the target there is no column to learn from."
    TEXT_REQUIRED = "text_required", "No column of texts was chosen."
    TEXT_UNKNOWN = "text_unknown", "The table has no column of that name to take texts from."
    TEXT_UNSUPPORTED = "text_unsupported", "The column of texts is the target too, or does not hold text."
    TEXT_MISSING = "text_missing", "A row or a file without any text."
    NOT_A_NUMBER = "not_a_number", "A cell that is no number in a column where at least 90 % are."
    SCORE_OUT_OF_RANGE = "score_out_of_range", "A score of two texts that does not lie between 0 and 1."
    NUMBER_OUT_OF_RANGE = "number_out_of_range", "An infinite number, or one beyond ±3.4e38."

    NOT_CONVERSATIONS = "not_conversations", "The content is neither JSON lines, nor one JSON array, nor a table."
    UNKNOWN_CONVERSATION = "unknown_conversation", "A row in none of the forms of conversations that the task reads."
    MIXED_FORMS = "mixed_forms", "A row in another form than the first."
    MALFORMED_CONVERSATION = "malformed_conversation", "A message, call or answer that is not as its form has it."
    EMPTY_CONVERSATION = "empty_conversation", "A conversation, or an answer, without a message."
    ROLE_UNKNOWN = "role_unknown", "A message of a role that is none of system, developer, user, assistant and tool."
    ROLE_OUT_OF_ORDER = "role_out_of_order", "A message of a role that may not follow the one before it."
    EMPTY_MESSAGE = "empty_message", "A message without any text, nor calls of tools."
    NOTHING_TO_LEARN = "nothing_to_learn", "A conversation in which no message of the assistant counts."
    SAME_ANSWERS = "same_answers", "A chosen answer that is the rejected one too."

    NOT_TAGGED = "not_tagged", "The content is neither JSON objects nor columns of tokens and tags."
    UNKNOWN_TAG_FORM = "unknown_tag_form", "A row in none of the forms of tagged texts that the task reads."
    MALFORMED_TAGS = "malformed_tags", "Tokens, tags or spans that are not as their form has them."
    TAG_COUNT_MISMATCH = "tag_count_mismatch", "More or fewer tags than tokens, or a line of other columns."
    SPAN_OUTSIDE_TEXT = "span_outside_text", "A span that begins or ends outside its text, or holds no character."
    SPANS_OVERLAP = "spans_overlap", "Two spans that share a word, which has one tag."
    TOO_MANY_TOKENS = "too_many_tokens", "A text of more than 10,000 words or letters."

    TARGET_REQUIRED = "target_required", "No target column was chosen."
    TARGET_UNKNOWN = "target_unknown", "The table has no column of the target's name."
    TARGET_UNSUPPORTED = (
        "target_unsupported",
        "The target holds lists that are no labels, objects or binary data.",
    )
    TARGET_MISSING = (
        "target_missing",
        "Rows without a value of the target that cannot be left out, or are more than half.",
    )
    LABEL_UNREADABLE = "label_unreadable", "A column for a label that holds something else than 0, 1, false and true."
    TARGET_NOT_NUMERIC = "target_not_numeric", "A regression's target that is not a number."

    OPTION_REQUIRED = "option_required", "An option that the task cannot do without, such as time for series."
    COLUMN_UNKNOWN = "column_unknown", "The table has no column of the name that an option gives."
    COLUMN_REUSED = "column_reused", "Two options name the same column."
    RELATION_UNUSED = "relation_unused", "A column beside two texts that says how they relate, and is no score."
    COLUMN_UNSUPPORTED = "column_unsupported", "The column that an option names holds lists, objects or binary data."
    TIME_UNREADABLE = "time_unreadable", "A time that is missing, or neither a number nor a date."
    GROUP_MISSING = "group_missing", "A row without a value of the column that groups rows."
    SPLIT_NOT_CONSTANT = "split_not_constant", "The rows of one series are in several parts of a split."
    SPLIT_OUT_OF_ORDER = (
        "split_out_of_order",
        "A step of a forecast's series that is of an earlier part than one before it.",
    )
    SPLIT_UNREADABLE = "split_unreadable", "A part of a split that is none of train, val and test."
    TIME_DUPLICATE = "time_duplicate", "Two rows of a series have the same time."
    SERIES_MISSING = "series_missing", "A row that does not say which series it belongs to."
    SERIES_TOO_SHORT = "series_too_short", "A series to be forecast with fewer than 10 rows."
    TOO_MANY_GROUPS = "too_many_groups", "More than 1,000,000 different series or groups."
    TARGET_NOT_CONSTANT = "target_not_constant", "Rows of one series that belong to different classes."

    COLUMN_REQUIRED = "column_required", "A column that the task needs was not chosen."
    ID_MISSING = "id_missing", "An interaction without a user or an item."
    ID_TOO_LONG = "id_too_long", "The name of a user or an item has more than 200 characters."
    TOO_MANY_INTERACTIONS = "too_many_interactions", "Over 20,000,000 interactions, 2,000,000 users or items."
    TOO_FEW_IDS = "too_few_ids", "A single user, or a single item."
    SINGLE_INTERACTIONS = "single_interactions", "Nearly every user has a single interaction."
    RATED_TWICE = "rated_twice", "A user has rated an item in two rows."
    CONSTANT_RATING = "constant_rating", "All ratings are the same."


class WarningCode(Code):
    """What was left out of a dataset that is otherwise fine, or assumed."""

    ENCODING_ASSUMED = "encoding_assumed", "Text that is not UTF-8 was read as Windows-1252."
    IGNORED_FILE = "ignored_file", "A file in the archive that is no image, no recording, or for texts no .txt file."
    SIMILAR_CLASSES = "similar_classes", "Folders of classes whose names differ only in upper and lower case."
    FIRST_SHEET = "first_sheet", "Of a workbook with several sheets the first was read."
    UNLABELLED_ROWS = "unlabelled_rows", "Rows of a table, or files of an archive, without a target were left out."
    TEST_FROM_VALIDATION = (
        "test_from_validation",
        "A split of the data has no test part: half of its validation part tests.",
    )
    UNLISTED_FILES = (
        "unlisted_files",
        "Files that none of an archive's lists of the parts names were left out.",
    )
    LEFT_OUT_TABLE = (
        "left_out_table",
        "A table of a zip was left out: it lacks the target, or is no part.",
    )
    CLASSES_IN_NAMES = "classes_in_names", "Files lie in no class folders: what their names begin with are the classes."
    EMPTY_ROWS = "empty_rows", "Rows of a table that hold no picture or recording were left out."
    TEXT_TRUNCATED = "text_truncated", "Texts of more than 65,536 bytes were cut there."
    EMPTY_COLUMN = "empty_column", "A column without any value was dropped."
    CONSTANT_COLUMN = "constant_column", "A column with the same value in every row was dropped."
    TEXT_COLUMN = "text_column", "A text column with too many distinct values to be categories was dropped."
    UNEVEN_STEPS = "uneven_steps", "Rows of a series are not equally far apart in time."
    NOT_A_CHANNEL = "not_a_channel", "A column of categories was left out: the steps of a series are numbers."
    AMBIGUOUS_NUMBERS = "ambiguous_numbers", "Numbers or dates that can be read in two ways; it says how they were."
    NUMBERS_AS_CATEGORIES = "numbers_as_categories", "Mostly numbers, but read as categories: too many cells are none."
    MERGED_VALUES = "merged_values", "Different numbers of a column become one in training: they differ by too little."
    INDEX_COLUMN = "index_column", "A column that pandas or R wrote as the index of its rows was dropped."
    UNSUPPORTED_COLUMN = "unsupported_column", "A column of lists, objects or binary data was dropped."
    STRAY_TAGS = "stray_tags", "Entities that begin with an I- tag behind another entity, or none, are read as such."
    PLAIN_TAGS = "plain_tags", "Tags that are numbers, or of which only some mark entities: each is judged by itself."
    CONVERTED_TAGS = "converted_tags", "Tags of IOB1 were written as IOB2, or those of BILOU as BIOES."
    WIDENED_SPANS = "widened_spans", "Spans that begin or end within a word stand for the whole word."
    REPEATED_INTERACTION = "repeated_interaction", "Rows that repeat a user's interaction with an item."


class Rejected(Exception):
    """The file cannot become a dataset; the log says why."""


class ProblemLog:
    """Collects problems and warnings about one file; keeps the first ``listed`` of each and counts the others."""

    def __init__(self, *, listed: int) -> None:
        self._listed = listed
        self.problems: list[Problem] = []
        self.omitted = 0
        self.warnings: list[Problem] = []

    def add(
        self,
        code: ProblemCode,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        self.extend(1, [Problem(code=code, message=message, file=file, row=row, column=column)])

    def extend(self, count: int, problems: Iterable[Problem]) -> None:
        """Adds ``count`` problems, of which only as many are drawn from ``problems`` as are still listed."""
        taken = list(islice(problems, min(count, self._listed - len(self.problems))))
        self.problems += taken
        self.omitted += count - len(taken)

    def absorb(self, other: "ProblemLog") -> None:
        """Adds all problems of ``other``, which lists as many."""
        self.extend(len(other.problems) + other.omitted, other.problems)

    def note(self, code: WarningCode, message: str, *, file: str | None = None, column: str | None = None) -> None:
        """Adds a warning, once, which does not stand in the way of a dataset."""
        problem = Problem(code=code, message=message, file=file, column=column)
        if len(self.warnings) < self._listed and problem not in self.warnings:
            self.warnings.append(problem)

    def reject(
        self,
        code: ProblemCode,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> NoReturn:
        """Adds a problem that makes reading on pointless. Raises ``Rejected``."""
        self.add(code, message, file=file, row=row, column=column)
        raise Rejected

    def raise_if_any(self) -> None:
        """Raises ``Rejected`` if any problem was added."""
        if self.problems:
            raise Rejected
