"""Liveness and readiness."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from redis.exceptions import RedisError

from trainyard.api.problems import only_read
from trainyard.config.metrics import MetricsView
from trainyard.core.broker import broker


@only_read
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@only_read
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers. A broker that is down degrades the service, it does not end it: reported, not fatal."""
    checks = {"database": _database_answers(), "broker": _broker_answers()}
    return JsonResponse({"checks": checks}, status=200 if checks["database"] else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    try:
        broker().ping()
    except RedisError:
        return False
    return True


urlpatterns = [path("healthz", healthz), path("readyz", readyz), path("metrics", MetricsView.as_view())]
