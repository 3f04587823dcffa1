"""Errors of training sessions. None is a 409: clients of this face take that for a reason to try again."""

from trainyard.core.errors import FieldError, InvalidInput, TrainyardError


class Unsupported(InvalidInput):
    """An option that is known and not offered here."""

    code = "unsupported_option"


class SequenceReused(InvalidInput):
    """Another call was made under the same place in the sequence."""

    code = "sequence_reused"


class NoHost(TrainyardError):
    """No worker that is running has the base model."""

    status = 400
    code = "base_model_unavailable"


class FutureGone(TrainyardError):
    """There is no such operation any more; the client makes the original call again."""

    status = 410
    code = "future_gone"


class SessionFinished(TrainyardError):
    """The client has said that the session is over. By this status it stops its heartbeats."""

    status = 410
    code = "session_finished"


class WeightsGone(TrainyardError):
    """The files of the weights are deleted."""

    status = 404
    code = "weights_gone"


class NameTaken(InvalidInput):
    """The run keeps other weights by that name."""

    code = "name_taken"


class SessionCapReached(TrainyardError):
    """The session has cost what it may."""

    status = 402
    code = "session_cap_reached"


def invalid(field: str, message: str, *, hint: str = "") -> InvalidInput:
    """The value of ``field`` is not one that can be taken."""
    return InvalidInput(message, hint=hint, errors=(FieldError(field, "invalid", message, hint),))


def unsupported(field: str, message: str, *, hint: str = "") -> Unsupported:
    """``field`` asks for what is not offered."""
    return Unsupported(message, hint=hint, errors=(FieldError(field, "unsupported_option", message, hint),))
