"""Fields that also accept ``"auto"``: the value is then chosen from the data."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from trainyard_spec.schedules import AnySchedule

AUTO: Literal["auto"] = "auto"
STATED_TAG, AUTO_TAG = "<stated>", "<auto>"
"""Of the two alternatives, in an error's location; no field is called so."""

Automatic = Annotated[Literal["auto"], Tag(AUTO_TAG)]


def _alternative(value: Any) -> str:
    return AUTO_TAG if isinstance(value, str) and value == AUTO else STATED_TAG


AutoEpochs = Annotated[
    Annotated[int, Field(ge=1, le=100_000), Tag(STATED_TAG)] | Automatic, Discriminator(_alternative)
]
AutoBatchSize = Annotated[
    Annotated[int, Field(ge=1, le=65_536), Tag(STATED_TAG)] | Automatic, Discriminator(_alternative)
]
AutoTokens = Annotated[
    Annotated[int, Field(ge=8, le=131_072), Tag(STATED_TAG)] | Automatic, Discriminator(_alternative)
]
AutoDimensions = Annotated[
    Annotated[int, Field(ge=2, le=4_096), Tag(STATED_TAG)] | Automatic, Discriminator(_alternative)
]
AutoSchedule = Annotated[Annotated[AnySchedule, Tag(STATED_TAG)] | Automatic, Discriminator(_alternative)]
