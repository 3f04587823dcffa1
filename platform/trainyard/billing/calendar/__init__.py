"""Billing's calendar: the time that months, due dates and expiries are counted by."""
