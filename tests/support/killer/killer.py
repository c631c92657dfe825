"""A callback of Ansible that ends the controller at once, as the power does, when a task of a given name begins."""

import os
import signal

from ansible.plugins.callback import CallbackBase  # type: ignore[import-untyped] # Ansible gives no types


class CallbackModule(CallbackBase):  # type: ignore[misc] # likewise
    """Kills its own process before the task `KILLED_AT`; the n-th of that name where `KILLED_AT` ends in `#n`."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "killer"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        """Take the name from the environment."""
        super().__init__()
        self._at, _number, number = os.environ["KILLED_AT"].partition("#")
        self._left = int(number or 1)

    def v2_playbook_on_task_start(self, task: object, is_conditional: bool) -> None:  # noqa: ARG002, FBT001 - Ansible's
        """Die before the task is sent to a host."""
        if str(getattr(task, "name", "")) == self._at:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)
