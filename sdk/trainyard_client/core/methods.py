"""Methods of resources: one definition, called at once on a ``Client`` and awaited on an ``AsyncClient``."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from trainyard_client.core.steps import Flow, Steps

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", covariant=True)


class Sync:
    """Marks resources of a ``Client``."""


class Async:
    """Marks resources of an ``AsyncClient``."""


class Resource(Generic[M]):
    """Calls about one kind of object; ``M`` says whether they are awaited."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._driver.http.base_url}>"


class method(Generic[P, T]):  # noqa: N801  a decorator
    """Makes a method of a function that returns steps: a ``Client`` takes them, an ``AsyncClient`` is awaited."""

    def __init__(self, plan: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self.plan = plan
        self.__doc__ = plan.__doc__

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource[Sync], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: Resource[Async], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        if resource is None:
            return self

        @functools.wraps(self.plan)
        def call(*arguments: P.args, **options: P.kwargs) -> Any:
            return resource._driver.run(self.plan(resource, *arguments, **options))  # noqa: SLF001  its own kind

        return call


class listing(Generic[P, T]):  # noqa: N801  a decorator
    """Makes a method of a function that returns a flow: an iterator of a ``Client``, an async one of the other."""

    def __init__(self, plan: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self.plan = plan
        self.__doc__ = plan.__doc__

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource[Sync], owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, resource: Resource[Async], owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        if resource is None:
            return self

        @functools.wraps(self.plan)
        def call(*arguments: P.args, **options: P.kwargs) -> Any:
            return resource._driver.iterate(self.plan(resource, *arguments, **options))  # noqa: SLF001  its own kind

        return call
