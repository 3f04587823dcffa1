"""Meters besides training: storage by the hour, predictions by call and second, and what plans cost."""
