"""The HTTP server, embedded and in production: ``python -m trainyard.config.web``.

uvicorn does the serving, on a socket of ours (see ``listening``).
"""

import argparse
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from trainyard.config.environment import environment
from trainyard.config.listening import BACKLOG, inherited, listen
from trainyard.config.slow_clients import TimedProtocol
from trainyard_common.inspection import forbid_inspection

APPLICATION = "trainyard.config.asgi:application"
GRACEFUL_STOP_SECONDS = 10
NO_PROXY = (
    "TRAINYARD_PUBLIC_URL is https, and TRAINYARD_TRUSTED_PROXIES names no proxy: all clients of one that terminates "
    "TLS count as one address, and browsers are not told to come back by HTTPS alone."
)


def main(arguments: list[str]) -> int:
    """Serves until a stop signal; returns the exit status."""
    forbid_inspection()
    options = _parse(arguments)
    try:
        listener = listen(options.host, options.port) if options.fd is None else inherited(options.fd)
    except OSError as error:
        sys.exit(f"Cannot listen on {options.host}, port {options.port}: {error.strerror or error}.")
    host, port = listener.getsockname()[:2]
    settings = environment()
    if settings.public_url.startswith("https://") and not settings.trusted_proxies:
        print(NO_PROXY, file=sys.stderr, flush=True)  # noqa: T201
    print(f"Listening on http://{host}:{port}", flush=True)  # noqa: T201  for whoever asked for any port
    config = uvicorn.Config(
        APPLICATION,
        workers=options.workers,
        access_log=False,
        lifespan="off",
        backlog=BACKLOG,
        http=TimedProtocol,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=options.graceful_stop_seconds,
    )
    if options.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
        return 0
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m trainyard.config.web", description="Serve the web application.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="0 picks a free one")
    parser.add_argument("--fd", type=int, help="an inherited socket that listens already, instead of host and port")
    parser.add_argument("--workers", type=int, default=1, help="processes that share the socket")
    parser.add_argument(
        "--graceful-stop-seconds",
        type=int,
        default=GRACEFUL_STOP_SECONDS,
        help="what is still being answered at a stop gets so long; streams never end by themselves",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
