"""Accounts: what django-allauth serves under ``/_allauth/``, by the platform's rules."""
