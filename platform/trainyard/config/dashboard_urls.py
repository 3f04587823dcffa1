"""The dashboard at every path that nothing else serves; its own routes exist in the browser alone."""

from django.urls import re_path

from trainyard.config.dashboard import dashboard

urlpatterns = [re_path(r"^(?!api/|_allauth/|accounts/|admin/|static/)", dashboard)]
