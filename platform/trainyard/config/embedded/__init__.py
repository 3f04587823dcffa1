"""The whole platform as one command on one machine: ``manage.py up``.

The command itself imports neither Django nor Celery: it starts the same processes that a cluster runs, on SQLite, a
local directory and a private Redis, and watches them.
"""
