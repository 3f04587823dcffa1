"""Texts, as token ids."""
