"""Whose request it is: told from its head, by what the last one with the same credentials turned out to be."""

from typing import Any

from trainyard.api import callers
from trainyard.api.actor import Actor
from trainyard.api.callers import KnownCallers


def scope_of(*headers: tuple[bytes, bytes], address: str = "192.0.2.1") -> dict[str, Any]:
    return {"client": (address, 40_000), "headers": list(headers)}


def bearer(key: str, **scope: Any) -> dict[str, Any]:
    return scope_of((b"authorization", f"Bearer {key}".encode()), **scope)


def test_keys_of_one_organization_are_one_caller_from_wherever_they_come() -> None:
    known = KnownCallers()
    for key in ("one", "two"):
        known.learn(bearer(key), Actor(name=f"key_{key}", organization_id="org_a"))
    known.learn(bearer("operator"), Actor(name="key_operator"))
    known.learn(scope_of((b"x-api-key", b"tml-three")), Actor(name="key_three", organization_id="org_a"))
    assert known.flow(scope_of((b"x-api-key", b"tml-three"))) == "org_a"
    assert known.flow(bearer("one")) == known.flow(bearer("two", address="198.51.100.9")) == "org_a"
    assert known.flow(bearer("operator")) == "key_operator"


def test_made_up_credentials_make_nobody_several() -> None:
    known = KnownCallers()
    known.learn(bearer("made-up"), None)
    assert len({known.flow(bearer(f"made-up-{number}")) for number in range(10)} | {known.flow(scope_of())}) == 1
    assert known.flow(scope_of()) != known.flow(scope_of(address="192.0.2.2"))
    assert known.flow({"client": None, "headers": []}) == "address:"
    network = {known.flow(scope_of(address=f"2001:db8:0:7::{number}")) for number in range(1, 9)}
    assert network == {"address:2001:db8:0:7::/64"}


def test_a_session_acts_for_the_organization_that_the_request_names() -> None:
    known = KnownCallers()
    session = (b"cookie", b"csrftoken=a; sessionid=s1")
    other = (b"trainyard-organization", b"org_b")
    known.learn(scope_of(session), Actor(name="usr_1", organization_id="org_a"))
    known.learn(scope_of(session, other), Actor(name="usr_1", organization_id="org_b"))
    assert known.flow(scope_of((b"cookie", b"sessionid=s1; csrftoken=z"))) == "org_a"
    assert known.flow(scope_of(session, other)) == "org_b"
    assert known.flow(scope_of((b"cookie", b"sessionid=s2"))).startswith("address:")


def test_those_who_came_longest_ago_are_forgotten(monkeypatch: Any) -> None:
    monkeypatch.setattr(callers, "MOST_KNOWN", 2)
    known = KnownCallers()
    for key in ("old", "kept", "old", "new"):
        known.learn(bearer(key), Actor(name=key, organization_id=f"org_{key}"))
    assert [known.flow(bearer(key)) for key in ("old", "new")] == ["org_old", "org_new"]
    assert known.flow(bearer("kept")).startswith("address:")
