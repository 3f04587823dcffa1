"""Routes of notices."""

from django.urls import path

from trainyard.api.v1.notices import views

urlpatterns = [
    path("notices", views.NoticesView.as_view()),
    path("notices/read", views.ReadNoticesView.as_view()),
]
