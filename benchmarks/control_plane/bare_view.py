"""The yardstick's one view: a row read by its primary key, in REST framework's usual way."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trainyard.jobs.models import Job


class BareJobView(APIView):
    def get(self, request: Request, job_id: str) -> Response:
        job = Job.across_tenants.get(id=job_id)
        return Response({"id": job.id, "name": job.name, "state": job.state, "created_at": job.created_at})


urlpatterns = [path("api/v1/bare/<str:job_id>", BareJobView.as_view())]
