"""Errors of confining a process."""


class CannotConfine(Exception):
    """A confinement step failed; the message names it. The process must not continue unconfined."""
