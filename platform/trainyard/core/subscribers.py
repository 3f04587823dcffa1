"""Subscriber of an address, as rate limits count it: an IPv4 address, or the /64 network of IPv6.

A subscriber of IPv6 has at least a whole /64 (RFC 6177), so that addresses within one cost nothing to change.
"""

from ipaddress import IPv6Address, ip_address, ip_network

PREFIX = 64


def subscriber_of(address: str) -> str:
    """An IPv4 address itself, also one that is mapped into IPv6; of an IPv6 address its network, such as
    ``2001:db8::/64``; any other text as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), PREFIX), strict=False))
