"""Seconds of processor time that servers have used: other work on the machine disturbs them less than a clock."""

import psutil
import psycopg


def web_seconds(pid: int) -> float:
    """Of the server ``pid`` and the processes that it started."""
    process = psutil.Process(pid)
    return _seconds([process, *process.children(recursive=True)])


def database_seconds(database_url: str) -> float:
    """Of PostgreSQL's processes that serve connections to ``database_url``; 0 where the server is another machine's."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return _seconds([psutil.Process(pid) for (pid,) in rows if psutil.pid_exists(pid)])


def _seconds(processes: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(time.user + time.system for time in times)
