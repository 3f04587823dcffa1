"""First contents of an embedded platform: a pool with a price, operators, a demo tenant with credit."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from trainyard.billing.pricing import operations as pricing
from trainyard.billing.wallet.granting import grant_credit
from trainyard.config.embedded.services import POOL
from trainyard.core.money import to_micros
from trainyard.pools import operations as pools
from trainyard.pools.models import Pool
from trainyard.tenants import operations as tenants
from trainyard.tenants.api_keys import KeyTerms, issue_api_key
from trainyard.tenants.models import Role, User

ACTOR = "bootstrap"
PRICE_PER_SLOT_SECOND = Decimal("0.000028")
DEMO_CREDIT = Decimal(100)
DEMO_EMAIL = "demo@trainyard.example"
ADMIN_EMAIL = "admin@trainyard.example"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Made on the first start, never again: whoever reads the data directory owns the platform anyway."""

    admin_api_key: str
    admin_email: str
    admin_password: str
    demo_api_key: str
    demo_email: str
    demo_password: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def is_done() -> bool:
    """Whether ``create_everything`` has been committed."""
    return User.objects.filter(email=ADMIN_EMAIL).exists()


@transaction.atomic
def create_everything(*, now: datetime) -> Credentials:
    """Fills an empty database; all of it or nothing."""
    pool = pools.create_pool(name=POOL, slot_kind=Pool.SlotKind.CPU, actor=ACTOR, now=now)
    pricing.set_price(pool_id=pool.id, per_slot_second=PRICE_PER_SLOT_SECOND, effective_from=now, actor=ACTOR, now=now)
    admin_password, demo_password = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    tenants.create_user(email=ADMIN_EMAIL, password=admin_password, is_operator=True, now=now)
    admin_key = issue_api_key(
        organization_id=None, terms=KeyTerms(name="Operator", role=Role.OWNER), actor=ACTOR, now=now
    )
    organization, demo_key = tenants.create_organization(name="Demo", owner_email=DEMO_EMAIL, actor=ACTOR, now=now)
    owner = User.objects.get(email=DEMO_EMAIL)
    owner.set_password(demo_password)
    owner.save(update_fields=["password"])
    grant_credit(
        organization_id=organization.id, amount_micros=to_micros(DEMO_CREDIT), kind="promotional", actor=ACTOR, now=now
    )
    return Credentials(
        admin_api_key=admin_key.secret,
        admin_email=ADMIN_EMAIL,
        admin_password=admin_password,
        demo_api_key=demo_key.secret,
        demo_email=DEMO_EMAIL,
        demo_password=demo_password,
    )
