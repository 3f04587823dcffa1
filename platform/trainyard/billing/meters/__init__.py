"""Meters besides training: storage per hour, predictions per call and second, and plan fees."""
