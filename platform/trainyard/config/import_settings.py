"""Settings of imports: from where files of datasets may be fetched."""

import re
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

_SOURCE = re.compile(r"https://(\*|(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*)|s3://[a-z0-9][a-z0-9.-]+(/\S*)?")


class ImportSettings(BaseSettings):
    """Whose files may be fetched into datasets, and within which bounds."""

    import_sources: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="From where files may be fetched: https://HOST, https://*.DOMAIN, https://* for all that is "
        "public, and s3://BUCKET[/PREFIX], which is read with the platform's own S3 credentials by every organization. "
        "Empty: nothing is fetched.",
    )
    import_seconds: float = Field(default=6 * 3_600, gt=0, description="Time for one request for a file to fetch.")
    import_idle_seconds: float = Field(default=30, gt=0, description="The longest wait for more of such a file.")
    imports_at_once: int = Field(default=4, ge=1, le=64, description="Files that one control worker fetches at once.")
    imports_per_organization: int = Field(
        default=2, ge=1, le=64, description="Files of one organization that are fetched at once."
    )

    @field_validator("import_sources", mode="before")
    @classmethod
    def _split_sources(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("import_sources")
    @classmethod
    def _are_sources(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for source in value:
            if not _SOURCE.fullmatch(source):
                raise ValueError(
                    f"{source} is none of https://HOST, https://*.DOMAIN, https://* and s3://BUCKET/PREFIX"
                )
        return value
