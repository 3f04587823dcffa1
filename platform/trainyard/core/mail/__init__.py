"""E-mail, sent after the transaction that requests it commits, by the Django mail backend of the settings."""
