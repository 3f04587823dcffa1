"""Routes of prices, usage, wallet and ledger."""

from django.urls import path

from trainyard.api.v1.billing import views

urlpatterns = [
    path("prices", views.PricesView.as_view()),
    path("usage", views.UsageView.as_view()),
    path("wallet", views.WalletView.as_view()),
    path("ledger", views.LedgerView.as_view()),
]
