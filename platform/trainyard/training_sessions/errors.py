"""Errors of training sessions. None is a 409: clients of this face take that for a reason to try again."""

from trainyard.core.errors import FieldError, InvalidInput, TrainyardError


class Unsupported(InvalidInput):
    """The option exists but is not supported here."""

    code = "unsupported_option"


class SequenceReused(InvalidInput):
    """Another call was made with the same sequence number."""

    code = "sequence_reused"


class NoHost(TrainyardError):
    """No running worker has the base model."""

    status = 400
    code = "base_model_unavailable"


class FutureGone(TrainyardError):
    """The operation does not exist any more; the client repeats the original call."""

    status = 410
    code = "future_gone"


class SessionFinished(TrainyardError):
    """The client has ended the session; this status stops its heartbeats."""

    status = 410
    code = "session_finished"


class WeightsGone(TrainyardError):
    """The files of the weights were deleted."""

    status = 404
    code = "weights_gone"


class NameTaken(InvalidInput):
    """The run has other weights of this name."""

    code = "name_taken"


class SessionCapReached(TrainyardError):
    """The session has reached its cost cap."""

    status = 402
    code = "session_cap_reached"


def invalid(field: str, message: str, *, hint: str = "") -> InvalidInput:
    """The value of ``field`` is not one that can be taken."""
    return InvalidInput(message, hint=hint, errors=(FieldError(field, "invalid", message, hint),))


def unsupported(field: str, message: str, *, hint: str = "") -> Unsupported:
    """``field`` asks for what is not offered."""
    return Unsupported(message, hint=hint, errors=(FieldError(field, "unsupported_option", message, hint),))
