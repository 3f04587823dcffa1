"""The network: the platform's services, the broker, and the world."""

import os
import socket
import struct

from tests.attack.probes import Told, probe

SECONDS = 3.0


def _connected(address: object, family: socket.AddressFamily) -> object:
    with socket.socket(family) as connection:
        connection.settimeout(SECONDS)
        connection.connect(address)  # type: ignore[arg-type]
        return connection.getpeername()


@probe("connect to the web process", harmless=True)
def web(told: Told) -> object:
    return _connected(("127.0.0.1", told["port"]), socket.AF_INET)


@probe("connect to the web process by IPv6")
def web_by_ipv6(told: Told) -> object:
    return _connected(("::1", told["port"]), socket.AF_INET6)


@probe("connect to the web process by any of the host's addresses", harmless=True)
def web_by_any(told: Told) -> object:
    return _connected(("0.0.0.0", told["port"]), socket.AF_INET)


@probe("connect to the broker's socket", harmless=True)
def broker(told: Told) -> object:
    return _connected(told["socket"], socket.AF_UNIX)


@probe("connect to an abstract socket", harmless=True)
def abstract(told: Told) -> object:
    return _connected("\0" + told["abstract"], socket.AF_UNIX)


@probe("connect to the container runtime")
def docker(_told: Told) -> object:
    return _connected("/var/run/docker.sock", socket.AF_UNIX)


@probe("ask the metadata service of a cloud")
def metadata(_told: Told) -> object:
    return _connected(("169.254.169.254", 80), socket.AF_INET)


@probe("reach the world by TCP")
def world(_told: Told) -> object:
    return _connected(("192.0.2.1", 443), socket.AF_INET)


@probe("reach the world by UDP")
def datagram(_told: Told) -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"x" * 8, ("192.0.2.1", 53))


@probe("look a name up")
def resolve(_told: Told) -> object:
    return socket.getaddrinfo("example.org", 443)


@probe("see interfaces beside a loopback of its own", harmless=True)
def interfaces(told: Told) -> object:
    found = [name for _, name in socket.if_nameindex() if name != "lo"]
    return found[0] if found else _reach_other_loopback(told)


def _reach_other_loopback(told: Told) -> object:
    return _connected(("127.0.0.1", told["port"]), socket.AF_INET)


def _opener(name: str, family: int, kind: int, protocol: int = 0) -> None:
    @probe(f"open a socket: {name}")
    def open_it(_told: Told) -> object:
        return socket.socket(family, kind, protocol).fileno()


_opener("raw", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
_opener("packet", socket.AF_PACKET, socket.SOCK_RAW)
_opener("virtual machine", socket.AF_VSOCK, socket.SOCK_STREAM)
_opener("crypto of the kernel", socket.AF_ALG, socket.SOCK_SEQPACKET)
_opener("Bluetooth", 31, socket.SOCK_RAW)
_opener("CAN", socket.AF_CAN, socket.SOCK_RAW)


@probe("add an address to an interface")
def configure(_told: Told) -> object:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as route:
        body = struct.pack("=BBBBI", 2, 8, 0, 0, 1) + struct.pack("=HH4s", 8, 2, bytes([10, 9, 8, 7]))
        route.send(struct.pack("=IHHII", 16 + len(body), 20, 5, 1, os.getpid()) + body)
        error = struct.unpack("=i", route.recv(4_096)[16:20])[0]
    if error != 0:
        raise OSError(-error, os.strerror(-error))
    return "added"
