"""Settings of people's accounts and of e-mail, which ``environment`` adds to all others."""

from dataclasses import dataclass
from decimal import Decimal
from email.utils import parseaddr
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

SMTP_PORTS = {"smtp": 587, "smtps": 465}
FILE_BACKEND = "trainyard.core.mail.file_backend.FileEmailBackend"
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
OIDC_PROVIDER = "sso"
SignUp = Literal["open", "invitation", "closed"]


class AccountSettings(BaseSettings):
    """Sign-up, log-in by others and e-mail."""

    sign_up: Literal["auto", "open", "invitation", "closed"] = Field(
        default="auto",
        description="Who may make an account. open: everybody; invitation: whom a member invited; closed: nobody, "
        "operators make them. auto: invitation where public_url is https, else open.",
    )
    sign_up_credit: Decimal = Field(
        default=Decimal(0),
        ge=0,
        le=1_000_000,
        decimal_places=6,
        description="Promotional credit of an organization that is made at sign-up, in the platform's currency.",
    )
    smtp_url: str = Field(
        default="",
        description="smtp://USER:PASSWORD@HOST:587 (a password goes by STARTTLS alone) or smtps://…:465; empty: e-mail "
        "is written to data_dir/mail.",
    )
    mail_from: str = Field(default="Trainyard <no-reply@trainyard.example>", description="The sender of e-mail.")
    oidc_server_url: str = Field(
        default="", description="An OpenID Connect provider that people may log in with; empty: none."
    )
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = Field(default="Single sign-on", description="What the log-in page calls this provider.")

    @field_validator("smtp_url")
    @classmethod
    def _names_a_mail_server(cls, value: str) -> str:
        address = urlsplit(value)
        if value and (address.scheme not in SMTP_PORTS or not address.hostname):
            raise ValueError("must be smtp://HOST:PORT or smtps://HOST:PORT, where asked with USER:PASSWORD@")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if "@" not in parseaddr(value)[1]:
            raise ValueError('must be an e-mail address, as in "Trainyard <no-reply@example.com>"')
        return value

    @model_validator(mode="after")
    def _knows_its_provider(self) -> Self:
        given = {bool(value) for value in (self.oidc_server_url, self.oidc_client_id, self.oidc_client_secret)}
        if len(given) > 1:
            raise ValueError("oidc_server_url, oidc_client_id and oidc_client_secret go together: all or none")
        return self


@dataclass(frozen=True, slots=True)
class MailServer:
    """What Django's SMTP back end asks for."""

    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    implicit_tls: bool = False


def mail_backend(environment: AccountSettings) -> tuple[str, MailServer]:
    """Which of Django's e-mail back ends is used, and the server that it talks to if it does."""
    if not environment.smtp_url:
        return FILE_BACKEND, MailServer()
    address = urlsplit(environment.smtp_url)
    server = MailServer(
        host=address.hostname or "",
        port=address.port or SMTP_PORTS[address.scheme],
        user=unquote(address.username or ""),
        password=unquote(address.password or ""),
        starttls=address.scheme == "smtp" and bool(address.username),
        implicit_tls=address.scheme == "smtps",
    )
    return SMTP_BACKEND, server


def openid_connect(environment: AccountSettings) -> dict[str, Any]:
    """allauth's providers: the one of the settings, if there is one."""
    if not environment.oidc_server_url:
        return {}
    app = {
        "provider_id": OIDC_PROVIDER,
        "name": environment.oidc_name,
        "client_id": environment.oidc_client_id,
        "secret": environment.oidc_client_secret,
        "settings": {"server_url": environment.oidc_server_url},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
