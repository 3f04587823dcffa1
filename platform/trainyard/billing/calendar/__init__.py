"""Billing calendar: the clock by which months, due dates and expiry dates are computed."""
