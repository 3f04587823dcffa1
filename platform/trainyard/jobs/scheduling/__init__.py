"""The scheduling policy as pure functions: from values to a decision with reasons. No database and no clock.

``decide`` is the policy, ``explain`` states its reasons, ``start_range`` estimates when a job starts.
``docs/scheduling.md`` describes the rules.
"""
