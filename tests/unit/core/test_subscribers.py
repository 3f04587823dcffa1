"""Limits by address count subscribers, who have a whole network of IPv6 addresses."""

import pytest

from trainyard.core.subscribers import subscriber_of


@pytest.mark.parametrize(
    ("address", "subscriber"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"),
        ("2001:0db8:0000:0007::", "2001:db8:0:7::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_an_address_is_its_subscribers(address: str, subscriber: str) -> None:
    assert subscriber_of(address) == subscriber
