"""Recordings, as PCM samples and log-mel frames."""
