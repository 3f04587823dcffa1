"""Dunning: what follows where an invoice is not paid in time."""
