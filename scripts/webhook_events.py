"""Writes ``docs/webhooks.md`` from the catalogue of events: ``python scripts/webhook_events.py``."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "contracts"))

from trainyard_spec.webhook_events import CATALOGUE, Audience  # noqa: E402  # the line above

DOCUMENT = ROOT / "docs" / "webhooks.md"

START = """\
# Webhooks

`make schema` writes this page from the catalogue in
[webhook_events.py](../contracts/trainyard_spec/webhook_events.py); `GET /api/v1/webhooks/event-types` answers the same.

## Subscribe

```bash
curl -X POST "$TRAINYARD_URL/api/v1/webhooks/endpoints" \\
  -H "Authorization: Bearer $TRAINYARD_API_KEY" -H "Content-Type: application/json" \\
  -d '{"url": "https://example.com/hooks", "events": ["job.succeeded", "job.failed", "dataset.*"]}'
```

The answer holds the signing `secret`, `whsec_…`, this once. `events` names events, all of a kind (`job.*`), or all
(`*`). There are three kinds of endpoints:

| `kind` | what is sent |
|---|---|
| `webhook`, unless told otherwise | a POST of the event as JSON to `url`, signed |
| `slack` | a POST of `{"text": "…"}` to `url`, as Slack, Mattermost and others take it; not signed |
| `email` | a mail to `email`, the address of a member of the organization |

Operators subscribe at `/api/v1/admin/webhooks/endpoints`, to what happens to workers.

## What arrives

```json
{"id": "evt_01m8…", "type": "job.succeeded", "timestamp": "2026-11-29T16:20:41.000000Z", "data": {"id": "job_01m8…"}}
```

Messages are signed by the [Standard Webhooks](https://www.standardwebhooks.com) specification, in the headers
`webhook-id`, `webhook-timestamp` and `webhook-signature`. Any of its libraries verifies them:

```python
from standardwebhooks.webhooks import Webhook

event = Webhook(secret).verify(body, headers)  # raises WebhookVerificationError
```

Answer with any status from 200 to 299 within ten seconds, and do the work afterwards. A message may come twice, with
the same `webhook-id`: remember the ids of what you have dealt with.

- **Order.** Events of one object, such as a job, come one after another, each when the one before it was delivered or
  given up. Events of different objects come in any order.
- **Retries.** What was not delivered is sent again after 5 seconds, 30 seconds, 2 minutes and ever later, for 24 hours;
  not before a `Retry-After`. Then it has `failed`.
- **Circuit breaker.** After five failures in a row nothing is sent for 30 seconds, then one message to see; if that
  fails too, for twice as long, up to an hour. An endpoint that fails for five days, or answers 410, is switched off.
- **Log.** `GET …/endpoints/{id}/deliveries` lists what was sent in the last 30 days; one of them shows each attempt
  with its status, time and the beginning of the answer. `POST …/deliveries/{id}/replay` sends one again,
  `POST …/endpoints/{id}/replay {"since": "…"}` all that failed. `POST …/endpoints/{id}/test` sends `webhook.test`.
- **Rotation.** `POST …/endpoints/{id}/rotate {"overlap_seconds": 86400}` answers a new secret; until the overlap ends,
  each message has a signature by the old one and one by the new one.
- **Where to.** Addresses must be `https` and public. A name is resolved once for each message, and the connection goes
  to the address that was checked. Redirects are not followed. Operators who run everything inside one network name it
  in `TRAINYARD_OUTBOUND_ALLOWED_NETWORKS`.

## Events
"""

TITLES = {Audience.ORGANIZATION: "For organizations", Audience.OPERATORS: "For operators"}


def render() -> str:
    return START + "\n".join(_sections()) + "\n"


def _sections() -> Iterator[str]:
    for audience, title in TITLES.items():
        events = {event: about for event, about in CATALOGUE.items() if about.audience == audience}
        yield f"\n### {title}\n\n| event | when | `data` |\n|---|---|---|"
        for event, about in events.items():
            yield f"| `{event}` | {about.when} | {', '.join(f'`{field}`' for field in about.data)} |"
        kinds: dict[str, dict[str, str]] = {}
        for event, about in events.items():
            kinds.setdefault(event.partition(".")[0], {}).update(about.data)
        for kind, fields in kinds.items():
            yield f"\n`data` of {kind} events:\n\n| field | |\n|---|---|"
            yield from (f"| `{field}` | {meaning} |" for field, meaning in fields.items())


if __name__ == "__main__":
    DOCUMENT.write_text(render())
