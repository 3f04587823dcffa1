"""Routes of the task registry."""

from django.urls import path

from trainyard.api.v1.tasks import views

urlpatterns = [
    path("tasks", views.TasksView.as_view()),
    path("tasks/<str:name>", views.TaskView.as_view()),
]
