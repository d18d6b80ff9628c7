"""An openpi server with faults: `openpi_server.py PORT ROWS MODE`.

MODE ok answers [n, i, ...] rows; fragments splits answers into tiny frames, pads them beyond a
mebibyte and sends pings that must be answered; error sends a traceback as text and closes with
1011 on every second question; empty sends {} as metadata.
"""

import asyncio
import sys

import numpy as np
import websockets.asyncio.server as server
from openpi_client import msgpack_numpy

port, rows, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
count = 0


async def handler(socket):
    global count
    await socket.send(msgpack_numpy.packb({} if mode == "empty" else {"policy": "fixture"}))
    async for message in socket:
        observation = msgpack_numpy.unpackb(message)
        assert observation["observation/rgb_static"].shape == (200, 200, 3)
        assert observation["observation/state"].shape == (15,)
        count += 1
        if mode == "error" and count % 2 == 0:
            await socket.send("Traceback: planted failure")
            await socket.close(1011, "Internal server error.")
            return
        actions = np.zeros((rows, 7))
        actions[:, 0], actions[:, 1] = count, range(rows)
        answer = {"actions": actions}
        if mode == "fragments":
            await asyncio.wait_for(await socket.ping(), 5)
            answer["padding"] = np.zeros(1 << 21, np.uint8)
            packed = msgpack_numpy.packb(answer)
            await socket.send(packed[i : i + 65537] for i in range(0, len(packed), 65537))
        else:
            await socket.send(msgpack_numpy.packb(answer))


async def main():
    async with server.serve(handler, "127.0.0.1", port, compression=None, max_size=None) as s:
        await s.serve_forever()


asyncio.run(main())
