"""Files of an archive of which nothing says a target: they are left out, and told, unless they are more than half."""

from collections.abc import Collection, Sequence

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode


def note_unlabelled(
    names: Sequence[str],
    lacking: Collection[str],
    *,
    things: str,
    lack: str,
    hint: str,
    code: ProblemCode,
    log: ProblemLog,
) -> None:
    """Adds a warning of those of ``names`` that are ``lacking``. Raises ``Rejected`` when they are more than half.

    ``things`` is what a sentence calls several such files, ``lack`` says what they are without, and ``hint`` what to
    do about it.
    """
    if not lacking:
        return
    first = min(lacking)
    message = f"{len(lacking):,} of {len(names):,} {things} {lack}, the first of them {first}"
    if 2 * len(lacking) > len(names):
        log.reject(code, f"{message}. {hint}", file=first)
    log.note(WarningCode.UNLABELLED_ROWS, f"{message}; they were left out.", file=first)
