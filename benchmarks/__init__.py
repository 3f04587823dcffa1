"""Measurements, as ratios to a stated aim or to a peer. They assert nothing: machines are noisy."""
