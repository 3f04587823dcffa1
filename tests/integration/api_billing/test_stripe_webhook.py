"""Top-ups by Stripe over the API, and where Stripe tells of them: public, and open to its signature alone."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support.platform import START, Caller, caller_of
from tests.support.stripe_payments import disputed
from tests.support.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, event, signature, stripe_server
from tests.support.transactional import at_once
from trainyard.billing.models import Payment
from trainyard.billing.payments.stripe_notices import EVENTS
from trainyard.tenants.models import Organization, Role

WEBHOOK = "/api/v1/payments/stripe/webhook"
DEPLOY = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "deploy.md"


@pytest.fixture
def server(settings: Any) -> Iterator[StripeServer]:
    """Stripe, which the platform is set to."""
    with stripe_server() as server:
        keys = {"stripe_secret_key": SECRET_KEY, "stripe_webhook_secret": WEBHOOK_SECRET}
        changed = {"payments": "stripe", "stripe_api_base": server.address, **keys}
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=changed)
        yield server


def tell(body: bytes, signed: str | None = None) -> Any:
    """Stripe has neither a session nor a CSRF token."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    headers = {"Stripe-Signature": signature(body) if signed is None else signed, "Idempotency-Key": "theirs"}
    return client.post(WEBHOOK, body, content_type="application/json; charset=utf-8", headers=headers)


def paid(server: StripeServer) -> bytes:
    """A person pays the one checkout that there is; what Stripe tells of it."""
    [session] = server.all("checkout.session")
    return event("payment_intent.succeeded", server.pay(session["id"]), time.time())


def test_the_webhook_comes_before_the_person_is_back_and_three_times(owner: Caller, server: StripeServer) -> None:
    begun = owner.post("/top-ups", {"amount": "25.00", "return_url": "https://train.example.com/wallet"})
    assert (begun.status_code, begun.json()["state"], begun.json()["provider"]) == (201, "pending", "stripe")
    assert begun.json()["checkout_url"].startswith(server.address)
    assert owner.get("/wallet").json()["available"] == "0.000000"
    body = paid(server)
    assert [tell(body).status_code for _ in range(3)] == [204, 204, 204]
    assert owner.get("/top-ups").json()["data"][0]["state"] == "settled"
    assert owner.get("/wallet").json()["available"] == "25.000000"
    assert owner.get("/wallet/settings").json()["has_payment_method"]


def test_events_of_one_payment_that_come_at_one_moment_are_credit_once(
    committed_db: None, server: StripeServer
) -> None:
    owner = caller_of(Organization.objects.create(name="Meadow Labs", created_at=START), Role.OWNER)
    owner.post("/top-ups", {"amount": "25.00"})
    bodies = [paid(server), event("checkout.session.completed", server.all("checkout.session")[0], time.time())]
    answers = at_once([partial(tell, body) for body in bodies * 3])
    assert [getattr(answer, "status_code", answer) for answer in answers] == [204] * 6
    assert owner.get("/wallet").json()["available"] == "25.000000"
    assert len(owner.get("/credit-grants").json()["data"]) == 1


def test_an_event_that_stripe_did_not_sign_changes_nothing(owner: Caller, server: StripeServer) -> None:
    owner.post("/top-ups", {"amount": "25.00"})
    body = paid(server)
    later = signature(body, at=time.time() - 3_600)
    for forged in ("", "t=1,v1=0", signature(body, secret="whsec_guessed"), signature(body + b" "), later):
        answer = tell(body, forged)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
        assert answer.json()["hint"]
    assert owner.get("/wallet").json()["available"] == "0.000000"


def test_a_platform_without_stripe_hears_nobody(db: None) -> None:
    body = event("payment_intent.succeeded", {}, time.time())
    assert tell(body).json()["code"] == "invalid_signature"


def test_a_chargeback_takes_the_credit(owner: Caller, server: StripeServer) -> None:
    owner.post("/top-ups", {"amount": "25.00"})
    tell(paid(server))
    [intent] = server.all("payment_intent")
    dispute = disputed(intent)
    assert tell(event("charge.dispute.funds_withdrawn", dispute, time.time())).status_code == 204
    assert owner.get("/top-ups").json()["data"][0]["state"] == "reversed"
    assert owner.get("/wallet").json()["available"] == "0.000000"


def test_what_is_not_here_yet_is_told_again_later_and_what_never_was_is_not(db: None, server: StripeServer) -> None:
    about = {"id": "pi_1", "metadata": {"trainyard_payment": "pay_none"}}
    assert tell(event("payment_intent.succeeded", about, time.time())).status_code == 404
    assert tell(event("checkout.session.expired", about, time.time())).status_code == 204
    assert tell(event("customer.created", {"id": "cus_1"}, time.time())).status_code == 204


def test_a_provider_that_is_down_or_refuses_leaves_no_payment(owner: Caller, server: StripeServer) -> None:
    server.is_down = True
    answer = owner.post("/top-ups", {"amount": "25.00"})
    assert (answer.status_code, answer.json()["code"]) == (503, "payment_provider_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    server.is_down, server.refuses = False, "The amount is too small."
    answer = owner.post("/top-ups", {"amount": "0.01"})
    assert (answer.status_code, answer.json()["code"]) == (400, "payment_refused")
    assert (answer.json()["detail"], answer.json()["errors"][0]["field"]) == (server.refuses, "amount")
    assert not Payment.across_tenants.exists()


def test_the_guide_names_every_event_that_is_heard() -> None:
    assert [kind for kind in EVENTS if f"`{kind}`" not in DEPLOY.read_text()] == []
