"""Routes of prices, usage, wallet and ledger."""

from django.urls import path

from trainyard.api.v1.billing import budgets, invoices, payment_notices, payments, plans, promo_codes, views

urlpatterns = [
    path("prices", views.PricesView.as_view()),
    path("plans", plans.PlansView.as_view()),
    path("organization/plan", plans.OrganizationPlanView.as_view()),
    path("usage", views.UsageView.as_view()),
    path("usage/summary", views.UsageSummaryView.as_view()),
    path("wallet", views.WalletView.as_view()),
    path("overdue", views.OverdueView.as_view()),
    path("wallet/settings", payments.WalletSettingsView.as_view()),
    path("credit-grants", payments.CreditGrantsView.as_view()),
    path("top-ups", payments.TopUpsView.as_view()),
    path("payments/stripe/webhook", payment_notices.StripeWebhookView.as_view()),
    path("promo-codes/redeem", promo_codes.RedeemView.as_view()),
    path("refunds", payments.RefundsView.as_view()),
    path("budgets", budgets.BudgetsView.as_view()),
    path("budgets/<str:budget_id>", budgets.BudgetView.as_view()),
    path("ledger", views.LedgerView.as_view()),
    path("meter-prices", invoices.MeterPricesView.as_view()),
    path("invoices", invoices.InvoicesView.as_view()),
    path("invoices/<str:invoice_id>", invoices.InvoiceView.as_view()),
    path("invoices/<str:invoice_id>/pdf", invoices.InvoicePdfView.as_view()),
    path("focus", invoices.FocusView.as_view()),
    path("invoices/<str:invoice_id>/csv", invoices.InvoiceCsvView.as_view()),
    path("invoices/<str:invoice_id>/journal", invoices.InvoiceJournalView.as_view()),
    path("invoices/<str:invoice_id>/lines/<int:position>/usage", invoices.InvoiceEvidenceView.as_view()),
    path("invoices/<str:invoice_id>/disputes", invoices.InvoiceDisputesView.as_view()),
    path("credit-notes", invoices.CreditNotesView.as_view()),
    path("credit-notes/<str:note_id>/pdf", invoices.CreditNotePdfView.as_view()),
    path("disputes", invoices.DisputesView.as_view()),
    path("statement", invoices.StatementView.as_view()),
    path("organization/billing-profile", invoices.BillingProfileView.as_view()),
]
