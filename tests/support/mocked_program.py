"""A Pulumi program run under Pulumi's own mocks: `python mocked_program.py MODULE` prints what it asks for.

A process of its own, since Pulumi keeps its event loops and its channel open for as long as its process lives.
"""

import json
import runpy
import sys
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor

ToTheEnd = Callable[[Callable[[], None]], Callable[[], None]]


class Engine(pulumi.runtime.Mocks):
    """Stands where the engine stands: gives every resource an id and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.asked[args.typ, args.name] = dict(args.inputs)
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"the program asks for {args.token}")


def main(module: str) -> None:
    def program() -> None:
        runpy.run_module(module, run_name="__main__")

    engine = Engine()
    monitor = MockMonitor(engine)
    pulumi.runtime.set_mocks(engine, project="project", stack="stack", monitor=monitor)
    run_to_the_end: ToTheEnd = pulumi.runtime.test
    run_to_the_end(program)()
    asked = [{"type": kind, "name": name, "inputs": inputs} for (kind, name), inputs in engine.asked.items()]
    print(json.dumps({"resources": asked, "urns": list(monitor.resources)}))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1])
