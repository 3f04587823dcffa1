"""The scheduling policy, pure: values in, a decision with its reasons out. No database and no clock.

``decide`` is the policy, ``explain`` its reasons in words, ``start_range`` what it lets a job expect. The rules are
told in ``docs/scheduling.md``.
"""
