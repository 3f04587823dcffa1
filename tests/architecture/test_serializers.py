"""Nothing that the platform stores or sends is a pickle: what reads one runs what is in it."""

import pytest
from celery import Celery
from django.conf import settings

from trainyard.config.celery import app as control
from trainyard.core.json_cache import JsonSerializer
from trainyard_worker.celery_app import make_app

OURS = "trainyard.core.json_cache.JsonSerializer"


def worker() -> Celery:
    return make_app(broker_url="redis://127.0.0.1:1/0", queue="pool.test", ring=lambda: None)


def test_every_cache_stores_json() -> None:
    for name, cache in settings.CACHES.items():
        # Django's other backends pickle, and cannot be told not to.
        assert cache["BACKEND"] == "django.core.cache.backends.redis.RedisCache", name
        assert cache["OPTIONS"]["serializer"] == OURS, name


def test_sessions_and_their_messages_are_json() -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"


@pytest.mark.parametrize("app", [control, worker()], ids=["control", "worker"])
def test_messages_are_json(app: Celery) -> None:
    for setting in ("task_serializer", "result_serializer", "event_serializer"):
        assert app.conf[setting] == "json"
    assert set(app.conf.accept_content) == {"json"}
    assert set(app.conf.result_accept_content or app.conf.accept_content) == {"json"}
    assert not app.conf.result_backend


@pytest.mark.parametrize("value", [0, True, None, "text", 1.5, [1, "a"], {"a": [None]}])
def test_what_json_holds_comes_back(value: object) -> None:
    stored = JsonSerializer().dumps(value)
    raw = str(stored).encode() if isinstance(stored, int) else stored
    back = JsonSerializer().loads(raw)
    assert back == value
    assert type(back) is type(value)


def test_what_json_does_not_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        JsonSerializer().dumps(object())
    with pytest.raises(UnicodeDecodeError):
        JsonSerializer().loads(b"\x80\x04N.")  # a pickle of None
