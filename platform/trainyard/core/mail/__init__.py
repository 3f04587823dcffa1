"""E-mail: sent once the transaction that asks for it commits, by whichever of Django's back ends the settings name."""
