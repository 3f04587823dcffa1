"""Registration of a worker: what it reports about itself to the control plane."""

import platform
from importlib.metadata import PackageNotFoundError, version

from trainyard_common.sandbox import Sandbox
from trainyard_spec.worker_protocol import Registration, SandboxReport
from trainyard_worker.hardware import Host
from trainyard_worker.settings import WorkerSettings

PACKAGES = ("trainyard", "torch", "celery")


def registration_of(settings: WorkerSettings, host: Host, sandbox: Sandbox, *, slots: int) -> Registration:
    """What a worker with these settings is, on this host."""
    return Registration(
        name=settings.name,
        slots=slots,
        hardware=host.describe(),
        software=_software(),
        pretrained=settings.pretrained_names,
        language_models=settings.language_models,
        pretrained_tasks=settings.pretrained_tasks,
        base_models=settings.base_models,
        sandbox=SandboxReport(kind=sandbox.kind.value, missing=sandbox.missing),
    )


def _software() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
