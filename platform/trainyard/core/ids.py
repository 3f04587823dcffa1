"""Prefixed, unguessable identifiers that sort by their time of creation."""

import secrets
import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_RANDOM_BITS = 80
_STEP_BITS = 64
_lock = Lock()
_newest = 0


def new_id(prefix: str) -> str:
    """``prefix`` plus a lower-case ULID: 48 bits of milliseconds, 80 random bits.

    Source: https://github.com/ulid/spec, its monotonic kind: within a process sorting by id is sorting by creation,
    so the primary key serves cursors. Ids of one millisecond differ by a random step: none betrays the next.
    """
    global _newest
    with _lock:
        value = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        if value <= _newest:
            value = _newest + 1 + secrets.randbits(_STEP_BITS)
        _newest = value
    return _spelt(prefix, value)


def lowest_id(prefix: str, *, at: datetime) -> str:
    """No id made at ``at`` or later sorts below this one, so that the primary key finds rows by their age."""
    return _spelt(prefix, int(at.timestamp() * 1000) << _RANDOM_BITS)


def _spelt(prefix: str, value: int) -> str:
    pairs = [_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"


def id_factory(prefix: str) -> Callable[[], str]:
    """A default for a model's primary key. Migrations refer to the factories in this module by name."""

    def factory() -> str:
        return new_id(prefix)

    factory.__qualname__ = factory.__name__ = f"new_{prefix}_id"
    factory.__module__ = __name__
    return factory


ID_MAX_LENGTH = 32
WORKER_PREFIX = "wrk_"

new_org_id = id_factory("org")
new_usr_id = id_factory("usr")
new_key_id = id_factory("key")
new_sup_id = id_factory("sup")
new_dva_id = id_factory("dva")
new_mem_id = id_factory("mem")
new_invt_id = id_factory("invt")
new_aud_id = id_factory("aud")
new_ekey_id = id_factory("ekey")
new_ds_id = id_factory("ds")
new_dsv_id = id_factory("dsv")
new_job_id = id_factory("job")
new_prof_id = id_factory("prof")
new_att_id = id_factory("att")
new_ckpt_id = id_factory("ckpt")
new_pool_id = id_factory("pool")
new_enr_id = id_factory("enr")
new_wrk_id = id_factory("wrk")
new_price_id = id_factory("price")
new_cpr_id = id_factory("cpr")
new_grant_id = id_factory("grant")
new_pay_id = id_factory("pay")
new_rfd_id = id_factory("rfd")
new_bud_id = id_factory("bud")
new_promo_id = id_factory("promo")
new_plan_id = id_factory("plan")
new_qt_id = id_factory("qt")
new_txn_id = id_factory("txn")
new_use_id = id_factory("use")
new_inv_id = id_factory("inv")
new_cn_id = id_factory("cn")
new_le_id = id_factory("le")
new_dsp_id = id_factory("dsp")
new_mdl_id = id_factory("mdl")
new_pred_id = id_factory("pred")
new_mex_id = id_factory("mex")
new_exp_id = id_factory("exp")
new_del_id = id_factory("del")
new_evt_id = id_factory("evt")
new_whe_id = id_factory("whe")
new_whd_id = id_factory("whd")
new_upl_id = id_factory("upl")
new_imp_id = id_factory("imp")
new_mlx_id = id_factory("mlx")
new_mlr_id = id_factory("mlr")
new_mla_id = id_factory("mla")
new_ftjob_id = id_factory("ftjob")
new_ses_id = id_factory("ses")
new_run_id = id_factory("run")
new_smp_id = id_factory("smp")
new_op_id = id_factory("op")
new_wts_id = id_factory("wts")
