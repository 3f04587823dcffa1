"""Somebody's browser at allauth's headless calls, and the mails that they find."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.core import mail
from django.test import Client

ALLAUTH = "/_allauth/browser/v1"
PASSWORD = "correct horse battery"
Commit = Callable[..., Any]
"""pytest-django's ``django_capture_on_commit_callbacks``."""


class Browser:
    """Keeps cookies and sends the CSRF token, as the dashboard does; what a request commits, happens."""

    def __init__(self, commit: Commit, **defaults: Any) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False, **defaults)
        self._commit = commit

    def allauth(self, method: str, path: str, body: Any = None) -> Any:
        return self.call(method, f"{ALLAUTH}/{path}", body)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.call(method, f"/api/v1{path}", body, **headers)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        self.client.get(f"{ALLAUTH}/config")
        token = {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        send = getattr(self.client, method)
        with self._commit(execute=True):
            return send(path, body, content_type="application/json", headers={**token, **headers})

    def sign_up(self, email: str, **fields: str) -> Any:
        return self.allauth("post", "auth/signup", {"email": email, "password": PASSWORD, **fields})

    def verify(self, email: str) -> Any:
        return self.allauth("post", "auth/email/verify", {"key": key_sent_to(email)})

    def log_in(self, email: str, password: str = PASSWORD) -> Any:
        return self.allauth("post", "auth/login", {"email": email, "password": password})

    def me(self) -> Any:
        return self.client.get("/api/v1/me").json()


def links_sent_to(email: str) -> list[str]:
    """The links in the mails to this address, newest first."""
    texts = [str(sent.body) for sent in reversed(mail.outbox) if sent.to == [email]]
    return [link for text in texts for link in re.findall(r"https?://\S+", text)]


def key_sent_to(email: str) -> str:
    """What the newest link sent to this address ends with."""
    return unquote(links_sent_to(email)[0].rpartition("/")[2])


def codes(answer: Any) -> list[str]:
    """Of the errors in an answer of allauth."""
    return [error["code"] for error in answer.json()["errors"]]
