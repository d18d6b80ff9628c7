"""A vla-eval policy server whose actions tell which prediction they come from.

Action row i of prediction n is [n, i, 0, 0, 0, 0, 1]. `chunk` rows are made per prediction,
`fail_start` makes every EPISODE_START fail, `kind` picks the number type or plants a NaN.
"""

import numpy as np
from vla_eval.model_servers.predict import PredictModelServer
from vla_eval.model_servers.serve import run_server


class CountingServer(PredictModelServer):
    def __init__(self, chunk: int = 1, fail_start: bool = False, kind: str = "float32", **rest):
        super().__init__(chunk_size=chunk if chunk > 1 else None, **rest)
        self.chunk, self.fail_start, self.kind, self.count = chunk, fail_start, kind, 0

    async def on_episode_start(self, config, ctx):
        if self.fail_start:
            raise RuntimeError("planted start failure")
        await super().on_episode_start(config, ctx)

    def predict(self, obs, ctx):
        self.count += 1
        rows = np.zeros((self.chunk, 7))
        rows[:, 0], rows[:, 1], rows[:, 6] = self.count, range(self.chunk), 1
        if self.kind == "nan":
            rows[:, 2] = np.nan
            return {"actions": rows.astype(np.float32)}
        if self.kind == "rows":
            return {"actions": np.tile(rows[0], (3, 1))}
        return {"actions": (rows if self.chunk > 1 else rows[0]).astype(self.kind)}


if __name__ == "__main__":
    run_server(CountingServer)
