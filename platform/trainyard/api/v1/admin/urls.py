"""Routes of the operators' API."""

from django.urls import path

from trainyard.api.v1.admin import organizations, pools, queue, workers

urlpatterns = [
    path("admin/organizations", organizations.OrganizationsView.as_view()),
    path("admin/organizations/<str:organization_id>", organizations.OrganizationView.as_view()),
    path("admin/organizations/<str:organization_id>/credits", organizations.CreditsView.as_view()),
    path("admin/organizations/<str:organization_id>/limits", organizations.LimitsView.as_view()),
    path("admin/organizations/<str:organization_id>/quotas", organizations.QuotasView.as_view()),
    path("admin/pools", pools.PoolsView.as_view()),
    path("admin/pools/<str:pool_id>", pools.PoolView.as_view()),
    path("admin/pools/<str:pool_id>/prices", pools.PricesView.as_view()),
    path("admin/pools/<str:pool_id>/enrolment-tokens", pools.EnrolmentTokensView.as_view()),
    path("admin/queue", queue.QueueView.as_view()),
    path("admin/workers", workers.WorkersView.as_view()),
    path("admin/workers/<str:worker_id>/labels", workers.LabelsView.as_view()),
    path("admin/workers/<str:worker_id>/cordon", workers.CordonView.as_view()),
    path("admin/workers/<str:worker_id>/uncordon", workers.UncordonView.as_view()),
    path("admin/workers/<str:worker_id>/drain", workers.DrainView.as_view()),
    path("admin/workers/<str:worker_id>/remove", workers.RemoveView.as_view()),
]
