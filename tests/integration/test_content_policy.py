"""What a browser may load on pages that are not the dashboard, and that it comes back by HTTPS alone."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.platform import START
from trainyard.config.content_policy import HEADER, NOTHING
from trainyard.tenants.operations import create_user

pytestmark = pytest.mark.one_database

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE)
HANDLER = re.compile(r"\son[a-z]+=[\"']", re.IGNORECASE)
PAGES = [
    "/api/docs/",
    "/admin/login/",
    "/admin/",
    "/admin/tenants/organization/",
    "/admin/tenants/organization/add/",
    "/admin/jobs/job/",
]


@pytest.fixture
def operator_browser(db: None) -> Client:
    client = Client()
    client.force_login(create_user(email="op@trainyard.example", password=None, now=START, is_operator=True))
    return client


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_and_run_their_own_files_alone(operator_browser: Client, path: str) -> None:
    answer = (Client() if "login" in path else operator_browser).get(path)
    assert answer.status_code == 200
    policy = answer.headers[HEADER]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    (scripts,) = re.findall(r"script-src ([^;]+)", policy)
    assert set(scripts.split()) <= {"'self'", "'unsafe-eval'"}
    text = answer.content.decode()
    assert INLINE_SCRIPT.findall(text) == []
    assert HANDLER.findall(text) == []


def test_the_script_of_the_docs_is_a_file(client: Client) -> None:
    (source,) = re.findall(r'src="(/api/docs/[^"]+)"', client.get("/api/docs/").content.decode())
    script = client.get(source.replace("&amp;", "&"))
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle" in script.content


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/me", "/api/none", "/_allauth/browser/v1/config"])
def test_what_is_no_page_loads_nothing(client: Client, db: None, path: str) -> None:
    assert client.get(path).headers[HEADER] == NOTHING


def test_browsers_come_back_by_https_alone(client: Client, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000  # as with a public address of https
    assert client.get("/healthz", secure=True).headers["Strict-Transport-Security"] == "max-age=31536000"
    forged = Client(headers={"X-Forwarded-Proto": "https"}).get("/healthz")
    assert "Strict-Transport-Security" not in forged.headers
