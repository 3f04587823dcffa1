"""Dunning: reminders, charges and restrictions after an invoice becomes overdue."""
