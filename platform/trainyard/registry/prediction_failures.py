"""Messages of predictions that the platform ends."""

from trainyard_spec.engine_protocol import Failed, Fault

TIMED_OUT = Failed(
    fault=Fault.INFRASTRUCTURE,
    code="prediction_timeout",
    message="No worker answered in time.",
    hint="Try again in a few seconds.",
)
NOT_FINITE = Failed(
    fault=Fault.USER,
    code="prediction_not_finite",
    message="The model's answer is not a finite number.",
    hint="Look for values far outside those it was trained on.",
)
