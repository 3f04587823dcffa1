"""The dashboard at every path that nothing else serves; its own routes exist in the browser alone."""

from django.urls import re_path
from django.views.generic import RedirectView

from trainyard.config.dashboard import dashboard

ELSEWHERE = r"(?!(?:api|compat|_allauth|accounts|admin|static)(?:/|$))"
"""Where other routes are: a path that none of them knows is a 404 there, and no page."""
NO_FILE = r"(?!.*\.[^/]*/?$)"
"""No screen's path ends in a name with a dot, as files' do: ``robots.txt``, ``.well-known/security.txt``, ``.env``."""

urlpatterns = [
    # Its client prints addresses of MLflow's own pages; who follows one finds what the dashboard shows of these runs.
    re_path(r"^compat/mlflow/$", RedirectView.as_view(url="/jobs")),
    re_path(f"^{ELSEWHERE}{NO_FILE}", dashboard),
]
