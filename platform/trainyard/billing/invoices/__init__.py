"""Invoices: one per organization and calendar month, with credit notes and the legal data printed on them."""
