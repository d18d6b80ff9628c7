"""CALVIN's play table in this process, and Python policies as servers for calvin-eval."""

from .environment import PlayTableSimEnv, get_env
from .native import ActionError, ArrayError, DivergenceError, Simulator, SimulatorError
from .policy_server import PolicyServer, serve
from .tasks import Tasks

__all__ = [
    "ActionError", "ArrayError", "DivergenceError", "PlayTableSimEnv", "PolicyServer", "Simulator",
    "SimulatorError", "Tasks", "get_env", "serve",
]

try:
    from .gymnasium_env import register as _register
except ImportError:  # Gymnasium is not installed.
    pass
else:
    _register()
