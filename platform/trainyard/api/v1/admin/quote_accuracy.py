"""Operators: accuracy of quotes."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters
from trainyard.api.permissions import OPERATOR
from trainyard.api.serializers import StrictSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.jobs.accounting import quote_accuracy
from trainyard.jobs.accounting.estimates import EstimateSource

USUAL_DAYS = 30


class AccuracySerializer(serializers.Serializer[Any]):
    jobs = serializers.IntegerField()
    median_error = serializers.FloatField(
        allow_null=True, help_text="Median of |estimated - actual| / actual; null without jobs."
    )
    within_range = serializers.FloatField(
        allow_null=True, help_text="Share of jobs whose training time was within the estimated range."
    )


class SourceAccuracySerializer(AccuracySerializer):
    source = serializers.ChoiceField(choices=list(EstimateSource))  # type: ignore[assignment]  # the base class has one too


class QuoteAccuracySerializer(AccuracySerializer):
    by_source = SourceAccuracySerializer(many=True)


class QuoteAccuracyFilterSerializer(StrictSerializer):
    days = serializers.IntegerField(
        min_value=1, max_value=3_660, required=False, help_text="Number of past days; 30 by default."
    )


class QuoteAccuracyView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminQuoteAccuracy",
        parameters=[QuoteAccuracyFilterSerializer],
        responses=QuoteAccuracySerializer,
    )
    def get(self, request: Request) -> Response:
        """Estimates made when jobs were submitted, compared with the training time of those that succeeded."""
        days = filters(QuoteAccuracyFilterSerializer, request).get("days", USUAL_DAYS)
        whole, parts = quote_accuracy.accuracy(since=database_now() - timedelta(days=days))
        body = {**asdict(whole), "by_source": [asdict(part) for part in parts]}
        return Response(QuoteAccuracySerializer(body).data)
