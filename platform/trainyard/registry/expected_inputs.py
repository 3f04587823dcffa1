"""What an input of each kind has to be."""

from trainyard_spec.tasks import InputKind

EXPECTED: dict[InputKind, tuple[type | tuple[type, ...], str]] = {
    InputKind.OBJECT: (dict, "an object of column names and values"),
    InputKind.STEPS: (list, "a list of the steps of a series"),
    InputKind.TEXT: (str, "text"),
    InputKind.TEXT_OR_PAIR: ((str, dict), "text, nor an object of two texts, sentence1 and sentence2"),
    InputKind.TOKENS: ((str, dict), "text, nor an object with a list of tokens"),
    InputKind.BEGINNING: ((str, dict), "text, nor an object with a text"),
    InputKind.BASE64: (str, "base64 text of the file's bytes"),
}
