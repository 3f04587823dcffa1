"""A stand-in on loopback that speaks the part of Stripe's API that the platform uses, and signs events as Stripe does.

As Stripe does, it answers a repeated idempotency key as the first time, refuses one that comes with other parameters,
and keeps a PaymentIntent whose card was declined.
"""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.loopback import Answered, Asked, as_json, served
from trainyard.billing.payments.port import PaymentMethod

SECRET_KEY = "sk_test_of_the_stand_in"
WEBHOOK_SECRET = "whsec_of_the_stand_in"
SAVED = PaymentMethod("cus_1", "pm_1")

Object = dict[str, Any]
Answer = tuple[int, Object]


@dataclass
class StripeServer:
    """``declines`` is the message for cards, ``refuses`` that for all requests; ``released`` frees answers to POST."""

    address: str
    declines: str = ""
    refuses: str = ""
    is_down: bool = False
    refund_status: str = "succeeded"
    released: threading.Event = field(default_factory=threading.Event)
    made: dict[str, Object] = field(default_factory=dict)
    answered: dict[str, tuple[Object, Answer]] = field(default_factory=dict)
    undelivered: list[Object] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def forget_keys(self) -> None:
        """As Stripe does after a day."""
        self.answered.clear()

    def all(self, kind: str) -> list[Object]:
        return [each for each in self.made.values() if each["object"] == kind]

    def pay(self, session_id: str) -> Object:
        """A person pays at the page of a Checkout session; the PaymentIntent."""
        session = self.made[session_id]
        intent = self._keep("payment_intent", "pi", session["intent"] | {"status": "succeeded"})
        intent |= {"customer": SAVED.customer, "payment_method": SAVED.method}
        session |= {"payment_status": "paid", "payment_intent": intent["id"]}
        return intent

    def answer(self, method: str, path: str, asked: Object, key: str) -> Answer:
        with self.lock:
            if self.is_down:
                return 503, {"error": {"type": "api_error", "message": "Down."}}
            if method == "GET":
                return self._found(path, asked)
            if key in self.answered:
                before, answer = self.answered[key]
                return answer if before == asked else (400, {"error": {"type": "idempotency_error", "message": key}})
            answer = self._made(path, asked)
            self.answered[key] = asked, answer
            return answer

    def _found(self, path: str, asked: Object) -> Answer:
        resource, _, made_id = path.removeprefix("/v1/").partition("/")
        if made_id:
            return 200, self.made[made_id]
        if resource == "events":
            return 200, self._events(asked)
        wanted = {name: value for name, value in asked.items() if name != "limit"}
        listed = [each for each in self.all(resource.removesuffix("s")) if wanted.items() <= each.items()]
        return 200, {"object": "list", "data": listed, "has_more": False, "url": path}

    def _events(self, asked: Object) -> Object:
        """A page of two, the newest first, as Stripe lists them: of the types and the time that were asked for."""
        assert asked["delivery_success"].lower() == "false"
        types, since = asked["types"].values(), int(asked["created"]["gte"])
        listed = [each for each in reversed(self.undelivered) if each["type"] in types and each["created"] >= since]
        if after := asked.get("starting_after"):
            listed = listed[[each["id"] for each in listed].index(after) + 1 :]
        return {"object": "list", "data": listed[:2], "has_more": len(listed) > 2, "url": "/v1/events"}

    def lose(self, kind: str, about: Object, at: float) -> None:
        """Something happens, and the event that tells of it never arrives."""
        told = json.loads(event(kind, about, at))
        self.undelivered.append(told | {"id": f"evt_{len(self.undelivered)}"})

    def _made(self, path: str, asked: Object) -> Answer:
        if self.refuses:
            return 400, {"error": {"type": "invalid_request_error", "message": self.refuses, "param": "amount"}}
        if path == "/v1/checkout/sessions":
            price = asked["line_items"]["0"]["price_data"]
            intent = asked["payment_intent_data"] | {"amount": int(price["unit_amount"]), "currency": price["currency"]}
            session = self._keep("checkout.session", "cs", asked | {"intent": intent, "payment_status": "unpaid"})
            session["url"] = f"{self.address}/pay/{session['id']}"
            return 200, session
        if path == "/v1/refunds":
            return 200, self._keep("refund", "re", asked | {"status": self.refund_status})
        intent = self._keep("payment_intent", "pi", asked | {"status": "succeeded"})
        if not self.declines:
            return 200, intent
        error = {"type": "card_error", "code": "card_declined", "message": self.declines}
        intent |= {"status": "requires_payment_method", "last_payment_error": error}
        return 402, {"error": error | {"payment_intent": intent}}

    def _keep(self, kind: str, prefix: str, about: Object) -> Object:
        made = {"payment_intent": None} | about | {"id": f"{prefix}_{len(self.made) + 1}", "object": kind}
        self.made[made["id"]] = made
        return made


def event(kind: str, about: Object, at: float) -> bytes:
    """The body of one of Stripe's events."""
    return json.dumps({"object": "event", "type": kind, "created": int(at), "data": {"object": about}}).encode()


def signature(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    """The header ``Stripe-Signature``: HMAC-SHA256 over time and body."""
    seconds = int(time.time() if at is None else at)
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    made: list[StripeServer] = []

    def answer(asked: Asked) -> Answered:
        if asked.headers.get("authorization") != f"Bearer {SECRET_KEY}":
            error = {"type": "authentication_error", "message": "Invalid API Key provided."}
            return as_json(401, {"error": error})
        address = urlsplit(asked.target)
        form = _nested(asked.body.decode() or address.query)
        answered = made[0].answer(asked.method, address.path, form, asked.headers.get("idempotency-key", ""))
        if asked.method == "POST":
            made[0].released.wait(timeout=30)  # as a slow provider: what was asked is done, and not yet told
        return as_json(*answered)

    with served(answer) as address:
        made.append(StripeServer(address))
        made[0].released.set()
        try:
            yield made[0]
        finally:
            made[0].released.set()


def _nested(form: str) -> Object:
    """``a[b]=c`` as ``{"a": {"b": "c"}}``, the form that Stripe's client sends."""
    found: Object = {}
    for name, value in parse_qsl(form):
        *outer, last = name.replace("]", "").split("[")
        place = found
        for each in outer:
            place = place.setdefault(each, {})
        place[last] = value
    return found
