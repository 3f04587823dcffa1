"""Numbers with singular or plural nouns, for messages: 1 job, 2 jobs."""


def counted(number: float, noun: str) -> str:
    """``number``, to a tenth where it is no whole one, and ``noun``, which takes an s unless there is just one."""
    shown = f"{round(number, 1):,}" if number % 1 else f"{int(number):,}"
    return f"{shown} {noun}" if shown == "1" else f"{shown} {noun}s"
