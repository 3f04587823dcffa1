"""The dashboard's one page: the same at every path, with a policy of its own, and never kept by a cache."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.support.platform import START

pytestmark = pytest.mark.one_database

PAGE = """<meta property="csp-nonce" nonce="CSP_NONCE"><meta name="trainyard-session" content="SESSION_STATE">
<script type="module" nonce="CSP_NONCE" src="/static/assets/index.js"></script>"""


@pytest.fixture
def dist(settings: Any, tmp_path: Path) -> Path:
    """An empty place for a build."""
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


@pytest.fixture
def built(dist: Path) -> Path:
    (dist / "index.html").write_text(PAGE)
    return dist


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/login", "/jobs/job_01abc", "/no/such/screen"])
def test_every_path_of_the_dashboard_is_its_page(built: Path, client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.cookies["csrftoken"].value


NOT_THE_DASHBOARD = [
    "/api",
    "/api/v1/nothing",
    "/static/assets/gone.js",
    "/assets/gone.js",
    "/_allauth/nothing",
    "/compat",
    "/compat/nothing",
    "/compat/tinker/api/v1/nothing",
    "/robots.txt",
    "/.well-known/security.txt",
    "/.env",
]


@pytest.mark.parametrize("path", NOT_THE_DASHBOARD)
def test_what_is_not_the_dashboard_stays_404(built: Path, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for ask in (client.get, client.post, client.put, client.delete, client.options):
        response = ask(path)
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


@pytest.mark.django_db
def test_what_mlflows_client_prints_as_a_runs_address_leads_to_the_dashboard(built: Path, client: Client) -> None:
    assert client.get("/compat/mlflow/").headers["Location"] == "/jobs"


@pytest.mark.django_db
def test_scripts_run_by_a_nonce_that_is_new_for_every_page(built: Path, client: Client) -> None:
    nonces = set()
    for _ in range(2):
        response = client.get("/")
        policy = response.headers["Content-Security-Policy"]
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', response.content.decode()))
        assert f"script-src 'self' 'nonce-{nonce}';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        nonces.add(nonce)
    assert len(nonces) == 2


@pytest.mark.django_db
def test_the_page_says_whether_somebody_is_logged_in(built: Path, client: Client) -> None:
    assert 'content="none"' in client.get("/").content.decode()
    client.force_login(get_user_model().objects.create(email="someone@example.org", created_at=START))
    assert 'content="open"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_a_new_build_is_served_without_a_restart(built: Path, client: Client) -> None:
    client.get("/")
    (built / "index.html").write_text("a newer build")
    assert client.get("/").content == b"a newer build"


def test_without_a_build_a_sentence_says_what_to_do(dist: Path, client: Client) -> None:
    response = client.get("/jobs")
    assert response.status_code == 503
    assert b"make setup" in response.content


@pytest.mark.parametrize("path", ["/jobs", "/healthz", "/readyz", "/api/docs/", "/api/schema/"])
def test_the_page_only_reads(built: Path, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for ask in (client.post, client.put, client.delete, client.options):
        response = ask(path)
        assert response.status_code == 405
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == "method_not_allowed"
        assert "GET" in response.headers["Allow"]


@pytest.mark.django_db
def test_its_own_pages_alone_may_use_camera_and_microphone(built: Path, client: Client) -> None:
    response = client.get("/models/mdl_1")
    assert response.headers["Permissions-Policy"] == "camera=(self), geolocation=(), microphone=(self)"
    assert "media-src blob: data:;" in response.headers["Content-Security-Policy"], "examples are data URLs"
    assert "Permissions-Policy" not in client.get("/api/v1/nothing").headers


def test_a_missing_csrf_token_is_a_problem_and_on_forms_a_page() -> None:
    client = Client(enforce_csrf_checks=True)
    told = client.post("/_allauth/browser/v1/auth/login", {}, content_type="application/json")
    assert (told.status_code, told.headers["Content-Type"]) == (403, "application/problem+json")
    assert "X-CSRFToken" in told.json()["hint"]
    assert client.post("/admin/login/").headers["Content-Type"].startswith("text/html")
