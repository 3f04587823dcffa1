"""Invoices: one for each organization and calendar month, credit notes, the legal data on them."""
