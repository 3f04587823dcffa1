"""Routes of allauth's headless API. A sign-up is one transaction: person, address, organization and credit."""

from allauth.headless.account.views import SignupView
from allauth.headless.constants import Client
from django.db import transaction
from django.urls import include, path

urlpatterns = [
    *(
        path(f"{client.value}/v1/auth/signup", transaction.atomic(SignupView.as_api_view(client=client)))
        for client in (Client.BROWSER, Client.APP)
    ),
    path("", include("allauth.headless.urls")),
]
