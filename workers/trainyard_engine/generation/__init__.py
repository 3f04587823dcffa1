"""Autoregressive generation with causal language models: one port, engines behind it."""
