"""Somebody who logs in: her credentials, and where."""

EMAIL, PASSWORD = "ada@meadow.example", "correct horse battery"
LOGIN = "/_allauth/browser/v1/auth/login"
