"""Accounts: django-allauth's headless API under ``/_allauth/``, configured by the platform's rules."""
