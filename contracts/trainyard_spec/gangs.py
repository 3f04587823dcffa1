"""Gang scheduling (Slurm's ``--nodes``): the valid values of ``resources.nodes``; a job trains on one worker."""

from typing import Any

from trainyard_spec.base import RuleViolation, require_no_violations

_REFUSED = RuleViolation(
    "nodes",
    "a job trains on one worker; gangs of several are not offered",
    "Leave it out. resources.slots asks for several GPUs of one worker.",
    "not_offered",
)


def without_nodes(data: Any) -> Any:
    """``data`` of ``resources`` but for ``nodes``, where it asks for one. Raises ``RulesViolated`` for any other."""
    if not isinstance(data, dict) or "nodes" not in data:
        return data
    nodes = data["nodes"]
    require_no_violations([] if nodes == 1 and not isinstance(nodes, bool) else [_REFUSED])
    return {name: value for name, value in data.items() if name != "nodes"}
