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
[webhook_events.py](../contracts/trainyard_spec/webhook_events.py); `GET /api/v1/webhooks/event-types` returns the
same.

## Subscribe

```bash
curl -X POST "$TRAINYARD_URL/api/v1/webhooks/endpoints" \\
  -H "Authorization: Bearer $TRAINYARD_API_KEY" -H "Content-Type: application/json" \\
  -d '{"url": "https://example.com/hooks", "events": ["job.succeeded", "job.failed", "dataset.*"]}'
```

The response contains the signing `secret`, `whsec_…`, which is not shown again. `events` lists event types, all of
one kind (`job.*`), or all (`*`). There are three kinds of endpoints:

| `kind` | what is sent |
|---|---|
| `webhook` (default) | a POST of the event as JSON to `url`, signed |
| `slack` | a POST of `{"text": "…"}` to `url`, the format of Slack, Mattermost and others; not signed |
| `email` | an e-mail to `email`, the address of a member of the organization |

Operators subscribe to events of workers at `/api/v1/admin/webhooks/endpoints`.

## Messages

```json
{"id": "evt_01m8…", "type": "job.succeeded", "timestamp": "2026-11-29T16:20:41.000000Z", "data": {"id": "job_01m8…"}}
```

Messages are signed by the [Standard Webhooks](https://www.standardwebhooks.com) specification, in the headers
`webhook-id`, `webhook-timestamp` and `webhook-signature`. Its libraries verify them:

```python
from standardwebhooks.webhooks import Webhook

event = Webhook(secret).verify(body, headers)  # raises WebhookVerificationError
```

Respond with a status from 200 to 299 within ten seconds, and process the event afterwards. A message may be delivered
twice with the same `webhook-id`: store the ids of processed messages.

- **Order.** Events of one object, such as a job, are sent in order: each after the previous one was delivered or has
  failed for good. Events of different objects have no order.
- **Retries.** A failed delivery is retried after 5 seconds, 30 seconds, 2 minutes and at growing intervals, for 24
  hours, and not before the time in `Retry-After`. Then its state is `failed`.
- **Circuit breaker.** After five consecutive failures nothing is sent for 30 seconds, then one message as a test; if
  that fails, the pause doubles, up to an hour. An endpoint that fails for five days, or answers 410, is disabled.
- **Delivery log.** `GET …/endpoints/{id}/deliveries` lists the deliveries of the last 30 days; each shows its
  attempts with status, time and the beginning of the response. `POST …/deliveries/{id}/replay` sends one again,
  `POST …/endpoints/{id}/replay {"since": "…"}` all that failed. `POST …/endpoints/{id}/test` sends `webhook.test`.
- **Rotation.** `POST …/endpoints/{id}/rotate {"overlap_seconds": 86400}` returns a new secret; until the overlap
  ends, each message is signed with both.
- **Allowed URLs.** URLs must be `https` and resolve to public addresses. A host name is resolved once per message,
  and the connection uses the checked address. Redirects are not followed. Operators can allow private networks by
  `TRAINYARD_OUTBOUND_ALLOWED_NETWORKS`.

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
