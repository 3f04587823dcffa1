"""Routes of the architecture catalogue."""

from django.urls import path

from trainyard.api.v1.architectures import views

urlpatterns = [
    path("architectures", views.ArchitecturesView.as_view()),
    path("architectures/<str:name>", views.ArchitectureView.as_view()),
    path("spec-schema", views.SpecSchemaView.as_view()),
]
