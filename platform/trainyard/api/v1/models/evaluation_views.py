"""Evaluation of a finished model on its test rows: summary, and row by row."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import counted_body, counted_page, filters
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.v1.models.evaluation_serializers import (
    EvaluationFocusSerializer,
    EvaluationSerializer,
    TestRowPageSerializer,
    TestRowSerializer,
    TestRowsFilterSerializer,
)
from trainyard.api.views import TrainyardView
from trainyard.registry import queries
from trainyard.registry.evaluation.rows import RowFilter, answered_rows
from trainyard.registry.evaluation.summary import Focus, evaluation


class EvaluationView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    @extend_schema(
        operation_id="getModelEvaluation", parameters=[EvaluationFocusSerializer], responses=EvaluationSerializer
    )
    def get(self, request: Request, model_id: str) -> Response:
        """Evaluation of the model on its test rows: threshold curves, residuals, or a forecast, by task."""
        focus = Focus(**filters(EvaluationFocusSerializer, request))
        found = evaluation(model=queries.model(model_id=model_id), focus=focus)
        return Response(EvaluationSerializer(found).data)


class TestRowsView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    @extend_schema(
        operation_id="listModelTestRows",
        parameters=[*PAGE_PARAMETERS, TestRowsFilterSerializer],
        responses=TestRowPageSerializer,
    )
    def get(self, request: Request, model_id: str) -> Response:
        """Test rows with true value, prediction and input, largest error first by default."""
        wanted = RowFilter(**filters(TestRowsFilterSerializer, request))
        begin, limit = counted_page(request)
        found = answered_rows(model=queries.model(model_id=model_id), wanted=wanted, begin=begin, limit=limit)
        data = TestRowSerializer(found.rows, many=True).data
        return Response({**counted_body(data, begin=begin, total=found.total), "total": found.total})
