"""Server-side request forgery (SSRF, CWE-918): which network addresses a customer's address may lead to.

A name is resolved once, all its addresses are checked, and the connection goes to one of those checked: a name that
resolves otherwise a moment later (DNS rebinding) changes nothing.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from trainyard.core.errors import FieldError, InvalidInput

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

FORBIDDEN: dict[str, str] = {
    "0.0.0.0/8": "this host",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a provider's customers",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "a cloud's metadata",
    "169.254.0.0/16": "link-local, a cloud's metadata",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, broadcast",
    "::/96": "this host, loopback, IPv4-compatible",
    "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b:1::/48": "translation to private IPv4",
    "100::/64": "discarded",
    "2001::/23": "protocol assignments, Teredo",
    "2001:db8::/32": "documentation",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "private, a cloud's metadata",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
"""Networks that nobody's public server is in. Source: the special-purpose registries of IANA (RFC 6890)."""

_FORBIDDEN = [ip_network(network) for network in FORBIDDEN]
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
HTTPS_PORT, HTTP_PORT = 443, 80
FIRST_UNPRIVILEGED_PORT = 1024
LOOPBACK = IPv4Address("127.0.0.1")


class AddressRefused(InvalidInput):
    """The URL is invalid, or does not lead to a public address."""

    code = "address_refused"


@dataclass(frozen=True, slots=True)
class ConnectAddress:
    """Where to connect, ``address``, to reach ``host``; ``path`` is what follows it, with the query."""

    host: str
    port: int
    address: str
    is_https: bool
    path: str


def system_resolver(host: str, port: int) -> list[str]:
    """Addresses of ``host``. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def parse_networks(networks: Iterable[str]) -> list[Network]:
    return [ip_network(network) for network in networks]


def allowed_networks() -> list[Network]:
    """The operator's exceptions."""
    return parse_networks(settings.ENVIRONMENT.outbound_allowed_networks)


def is_forbidden(address: Address, *, allowed: Iterable[Network] = ()) -> bool:
    """Whether no request of a customer's may go there; ``allowed`` networks are the operator's exceptions.

    An IPv6 address that stands for an IPv4 one is as that one.
    """
    inner = _embedded(address)
    if inner is not None:
        return is_forbidden(inner, allowed=allowed)
    if any(address in network for network in allowed):
        return False
    return not address.is_global or any(address in network for network in _FORBIDDEN)


def check_url(url: str, *, allowed: Sequence[Network] = (), field: str = "url") -> None:
    """Whether ``url`` could be asked at all, as far as is known before its name is resolved.

    Raises ``AddressRefused``.
    """
    parts, port = _parsed(url, field=field)
    named = _literal(parts.hostname or "")
    # A name may lead to a network that is allowed, if there is one.
    if named or not allowed:
        _check(parts, port, named, allowed=allowed, field=field)


def resolve(
    url: str, *, allowed: Sequence[Network] = (), resolver: Resolver = system_resolver, field: str = "url"
) -> ConnectAddress:
    """Where ``url`` leads, resolved this once. ``http`` and low ports lead to ``allowed`` networks alone.

    Raises ``AddressRefused``, and ``OSError`` for a name that cannot be resolved.
    """
    parts, port = _parsed(url, field=field)
    host = parts.hostname or ""
    addresses = [ip_address(text.partition("%")[0]) for text in resolver(host, port)]
    if not addresses:
        raise OSError(f"{host} has no address")
    _check(parts, port, addresses, allowed=allowed, field=field)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return ConnectAddress(host=host, port=port, address=str(addresses[0]), is_https=parts.scheme == "https", path=path)


def _check(
    parts: SplitResult, port: int, addresses: Sequence[Address], *, allowed: Sequence[Network], field: str
) -> None:
    if any(is_forbidden(address, allowed=allowed) for address in addresses):
        raise _refused(f"{parts.hostname} leads to an address that is not public.", field)
    if addresses and all(any(address in network for network in allowed) for address in addresses):
        return
    if parts.scheme != "https":
        raise _refused("The address must begin with https://.", field)
    if port != HTTPS_PORT and port < FIRST_UNPRIVILEGED_PORT:
        raise _refused(f"Port {port} is not one that may be asked; take 443, or one from 1024 on.", field)


def _literal(host: str) -> list[Address]:
    """The address that ``host`` is itself, in any of its spellings, or that its name stands for by definition."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
        return [LOOPBACK]
    try:
        return [ip_address(name.partition("%")[0])]
    except ValueError:
        pass
    try:
        return [IPv4Address(socket.inet_aton(name))]  # 2130706433, 0x7f.1: resolvers read them so
    except OSError:
        return []


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour if address in _SIX_TO_FOUR else None


def _parsed(url: str, *, field: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("This is not an address.", field) from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _refused("The address must begin with https:// and name a host.", field)
    if not url.isascii() or not url.isprintable() or " " in url:
        raise _refused("The address holds characters that none may hold; percent-encode them.", field)
    if parts.username is not None or parts.password is not None:
        raise _refused("The address must not hold a user name or password.", field)
    return parts, port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)


def _refused(message: str, field: str) -> AddressRefused:
    return AddressRefused(message, errors=(FieldError(field, "address_refused", message),))
