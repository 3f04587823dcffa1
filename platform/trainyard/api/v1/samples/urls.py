"""Routes of sample datasets."""

from django.urls import path

from trainyard.api.v1.samples import views

urlpatterns = [
    path("samples", views.SamplesView.as_view()),
    path("samples/<str:name>", views.SampleView.as_view()),
]
