"""A host of training runs: one base model in memory, and the operations of whoever shares it, one after the other."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

from trainyard_engine.adapters.network import AdaptedNetwork
from trainyard_engine.adapters.run import TrainingRun
from trainyard_engine.adapters.sampler import Sampler
from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_spec.engine_protocol import Fault
from trainyard_spec.training_sessions import Done, HostRequest, LossFunction, OperationKind

DATA_FILE = "data.bin"


class TrainingHost:
    """Runs by name; each request names the one that it is about, and touches no other."""

    def __init__(self, network: AdaptedNetwork, sampler: Sampler, *, base_model: str) -> None:
        self._network = network
        self._sampler = sampler
        self._base_model = base_model
        self._runs: dict[str, TrainingRun] = {}
        self._operations: dict[OperationKind, Callable[[HostRequest], Done]] = {
            OperationKind.CREATE: self._nothing,
            OperationKind.LOAD: self._load,
            OperationKind.FORWARD: self._forward,
            OperationKind.FORWARD_BACKWARD: self._forward,
            OperationKind.OPTIM_STEP: self._optim_step,
            OperationKind.SAVE: self._save_weights,
            OperationKind.SAVE_FOR_SAMPLER: self._save_weights,
            OperationKind.SAMPLE: self._sample,
        }

    def answer(self, request: HostRequest) -> Done:
        """Does what is asked. Raises ``EngineFault``; with a fault of the user nothing has changed."""
        started = perf_counter_ns()
        match request.do:
            case "open":
                done = self._open(request)
            case "close":
                self._runs.pop(request.run).close()
                done = Done()
            case "save":
                files = self._run(request).save(_path(request.directory), with_optimizer=True)
                done = Done(files=tuple(files))
            case "execute" if request.kind is not None:
                done = self._operations[request.kind](request)
            case _:
                raise _broken("An operation has no kind.")
        return done.model_copy(update={"microseconds": (perf_counter_ns() - started) // 1_000})

    def _open(self, request: HostRequest) -> Done:
        if request.lora is None:
            raise _broken("A run is opened without its adapter's configuration.")
        run = TrainingRun(self._network, request.run, request.lora, base_model=self._base_model)
        self._runs[request.run] = run
        if request.directory is not None:
            run.load(Path(request.directory), with_optimizer=True)
        return Done()

    def _nothing(self, request: HostRequest) -> Done:
        self._run(request)
        return Done()

    def _load(self, request: HostRequest) -> Done:
        self._run(request).load(_path(request.directory), with_optimizer=bool(request.request.get("optimizer")))
        return Done()

    def _forward(self, request: HostRequest) -> Done:
        result, data = self._run(request).forward(
            _path(request.payload),
            loss=LossFunction(request.request["loss_fn"]),
            options=request.request.get("loss_fn_config", {}),
            backward=request.kind is OperationKind.FORWARD_BACKWARD,
        )
        return Done(result=result.model_dump(), data=_written(request, data))

    def _optim_step(self, request: HostRequest) -> Done:
        return Done(result={"metrics": self._run(request).optim_step(request.request["adam_params"])})

    def _save_weights(self, request: HostRequest) -> Done:
        is_training = request.kind is OperationKind.SAVE
        return Done(files=tuple(self._run(request).save(_path(request.output), with_optimizer=is_training)))

    def _sample(self, request: HostRequest) -> Done:
        directory = Path(request.directory) if request.directory else None
        result, data = self._sampler.sample(request.request, adapter=request.run, directory=directory)
        return Done(result=result.model_dump(), data=_written(request, data))

    def _run(self, request: HostRequest) -> TrainingRun:
        run = self._runs.get(request.run)
        if run is None:
            raise _broken(f"The run {request.run} is not open here.")
        return run


def _written(request: HostRequest, data: bytes) -> str:
    output = _path(request.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / DATA_FILE).write_bytes(data)
    return DATA_FILE


def _path(text: str | None) -> Path:
    if text is None:
        raise _broken("A request lacks a path.")
    return Path(text)


def _broken(message: str) -> EngineFault:
    return EngineFault(message, code="broken_request", fault=Fault.INFRASTRUCTURE)


def unknown_base(name: str) -> EngineFault:
    """There is no such directory among the registered models."""
    return invalid_input(f"No model is registered as {name} here.", code="unknown_model", field="base_model")
