"""What trained models score on real data, beside simple baselines and other libraries' models."""
