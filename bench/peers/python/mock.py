"""The least that answers the request with an ack and a result, on Python's websockets.

    mock.py --port 0 --result JSON
"""

import argparse
import asyncio
import contextlib
import json

import websockets


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--result", type=json.loads, required=True)
    options = parser.parse_args()

    def compact(reply):
        return json.dumps(reply, separators=(",", ":"))

    async def serve(socket):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                request = json.loads(text)
                await socket.send(compact({"id": request["id"], "status": "ack"}))
                await socket.send(compact({"id": request["id"], "status": "finished", "result": options.result}))

    async with websockets.serve(serve, "127.0.0.1", options.port, compression=None) as server:
        print(json.dumps({"listening": f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"}), flush=True)
        await asyncio.Future()


asyncio.run(main())
