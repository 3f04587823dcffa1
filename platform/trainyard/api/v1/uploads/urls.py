"""Routes of resumable uploads."""

from django.urls import path

from trainyard.api.v1.uploads import views

urlpatterns = [
    path("uploads/", views.UploadsView.as_view()),
    path("uploads/<str:upload_id>", views.UploadView.as_view(), name="upload"),
]
