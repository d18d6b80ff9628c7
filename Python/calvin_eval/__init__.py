"""CALVIN's play table in this process, and Python policies as servers for calvin-eval."""

from .environment import PlayTableSimEnv, get_env
from .native import ActionError, DivergenceError, Simulator, SimulatorError
from .tasks import Tasks

__all__ = [
    "ActionError", "DivergenceError", "PlayTableSimEnv", "Simulator", "SimulatorError", "Tasks",
    "get_env",
]
