"""Every route of the web process."""

from django.contrib import admin
from django.urls import include, path

from trainyard.api import problems

handler400 = problems.bad_request
handler404 = problems.not_found
handler500 = problems.server_error

admin.autodiscover()

urlpatterns = [
    path("api/v1/", include("trainyard.api.v1.urls")),
    path("api/worker/v1/", include("trainyard.api.worker.urls")),
    path("api/", include("trainyard.api.schema_urls")),
    path("compat/mlflow/", include("trainyard.api.compat.mlflow.urls")),
    path("compat/openai/", include("trainyard.api.compat.openai.urls")),
    path("compat/tinker/", include("trainyard.api.compat.tinker.urls")),
    path("_allauth/", include("trainyard.api.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("trainyard.config.health_urls")),
    path("", include("trainyard.config.dashboard_urls")),
]
