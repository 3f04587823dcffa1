"""Routes of the operators' API."""

from django.urls import path

from trainyard.api.v1.admin import (
    billing_accounts,
    impersonation,
    invoices,
    organizations,
    overview,
    plans,
    pools,
    prices,
    queue,
    quote_accuracy,
    suspension,
    webhooks,
    workers,
)
from trainyard.api.v1.billing import promo_codes
from trainyard.billing.calendar.clock import is_test_clock

_WEBHOOK = "admin/webhooks/endpoints/<str:endpoint_id>"

urlpatterns = [
    path("admin/organizations", organizations.OrganizationsView.as_view()),
    path("admin/organizations/<str:organization_id>", organizations.OrganizationView.as_view()),
    path("admin/organizations/<str:organization_id>/credits", organizations.CreditsView.as_view()),
    path("admin/organizations/<str:organization_id>/credit-limit", billing_accounts.CreditLimitView.as_view()),
    path("admin/organizations/<str:organization_id>/currency", billing_accounts.CurrencyView.as_view()),
    path("admin/organizations/<str:organization_id>/prices", prices.ContractedPricesView.as_view()),
    path("admin/promo-codes", promo_codes.PromoCodesView.as_view()),
    path("admin/plans", plans.AdminPlansView.as_view()),
    path("admin/plans/<str:plan_id>", plans.AdminPlanView.as_view()),
    path("admin/organizations/<str:organization_id>/plan", plans.AdminOrganizationPlanView.as_view()),
    path("admin/prices", prices.PricesView.as_view()),
    path("admin/organizations/<str:organization_id>/limits", organizations.LimitsView.as_view()),
    path("admin/organizations/<str:organization_id>/suspend", suspension.SuspendView.as_view()),
    path("admin/organizations/<str:organization_id>/reactivate", suspension.ReactivateView.as_view()),
    path("admin/organizations/<str:organization_id>/impersonation", impersonation.ImpersonateView.as_view()),
    path("impersonation", impersonation.EndImpersonationView.as_view()),
    path("admin/organizations/<str:organization_id>/quotas", organizations.QuotasView.as_view()),
    path("admin/pools", pools.PoolsView.as_view()),
    path("admin/pools/<str:pool_id>", pools.PoolView.as_view()),
    path("admin/pools/<str:pool_id>/prices", pools.PricesView.as_view()),
    path("admin/pools/<str:pool_id>/enrolment-tokens", pools.EnrolmentTokensView.as_view()),
    path("admin/legal-entity", invoices.LegalEntityView.as_view()),
    path("admin/meter-prices", invoices.AdminMeterPricesView.as_view()),
    path("admin/tax-rates", invoices.TaxRatesView.as_view()),
    path("admin/invoices", invoices.AdminInvoicesView.as_view()),
    path("admin/invoices/<str:invoice_id>/pay", invoices.PayInvoiceView.as_view()),
    path("admin/invoices/<str:invoice_id>/void", invoices.VoidInvoiceView.as_view()),
    path("admin/invoices/<str:invoice_id>/credit-notes", invoices.CreditInvoiceView.as_view()),
    path("admin/disputes", invoices.AdminDisputesView.as_view()),
    path("admin/disputes/<str:dispute_id>/approve", invoices.ApproveDisputeView.as_view()),
    path("admin/disputes/<str:dispute_id>/reject", invoices.RejectDisputeView.as_view()),
    path("admin/quote-accuracy", quote_accuracy.QuoteAccuracyView.as_view()),
    path("admin/queue", queue.QueueView.as_view()),
    path("admin/queue/what-if", queue.WhatIfView.as_view()),
    path("admin/jobs", overview.AdminJobsView.as_view()),
    path("admin/capacity", overview.CapacityView.as_view()),
    path("admin/revenue", overview.RevenueView.as_view()),
    path("admin/health", overview.HealthView.as_view()),
    path("admin/workers", workers.WorkersView.as_view()),
    path("admin/workers/<str:worker_id>/labels", workers.LabelsView.as_view()),
    path("admin/workers/<str:worker_id>/cordon", workers.CordonView.as_view()),
    path("admin/workers/<str:worker_id>/uncordon", workers.UncordonView.as_view()),
    path("admin/workers/<str:worker_id>/drain", workers.DrainView.as_view()),
    path("admin/workers/<str:worker_id>/quarantine", workers.QuarantineView.as_view()),
    path("admin/workers/<str:worker_id>/retest", workers.RetestView.as_view()),
    path("admin/workers/<str:worker_id>/remove", workers.RemoveView.as_view()),
    path("admin/webhooks/event-types", webhooks.event_types.as_view()),
    path("admin/webhooks/endpoints", webhooks.endpoints.as_view()),
    path(_WEBHOOK, webhooks.endpoint.as_view()),
    path(f"{_WEBHOOK}/rotate", webhooks.rotate.as_view()),
    path(f"{_WEBHOOK}/test", webhooks.test_event.as_view()),
    path(f"{_WEBHOOK}/replay", webhooks.replay_failed.as_view()),
    path(f"{_WEBHOOK}/deliveries", webhooks.deliveries.as_view()),
    path(f"{_WEBHOOK}/deliveries/<str:delivery_id>", webhooks.delivery.as_view()),
    path(f"{_WEBHOOK}/deliveries/<str:delivery_id>/replay", webhooks.replay.as_view()),
]

if is_test_clock():
    urlpatterns += [path("admin/test-clock", invoices.TestClockView.as_view())]
