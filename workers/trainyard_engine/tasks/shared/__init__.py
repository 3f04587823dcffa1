"""Objectives, metrics and baselines that several tasks share."""
