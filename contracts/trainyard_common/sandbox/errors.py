"""Errors of confining a process."""


class CannotConfine(Exception):
    """A step was refused; the message names it. The process must not go on as if it were confined."""
