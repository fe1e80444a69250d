"""Both servers, as a user runs them, on the loopback interface."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import data

KEY = "evaluation-0123456789"


class Server:
    def __init__(self, command, path, environment=None, quiet=True):
        self.port = free_port()
        command = [part.replace("PORT", str(self.port)) for part in command]
        away = subprocess.DEVNULL if quiet else None
        self.process = subprocess.Popen(command, env=environment, stdout=away, stderr=away)
        for _ in range(1200):
            if self.process.poll() is not None:
                raise RuntimeError(f"{command} ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.05)
        self.path = path

    def post(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", self.path, body=body, headers={"content-type": "application/json", "x-api-key": KEY})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {text[:300]}")
        return text

    def stop(self):
        self.process.terminate()
        self.process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ours(variate):
    """The goals come in the body, as they do not for Ep-Stats."""
    place = tempfile.TemporaryDirectory()
    keys = pathlib.Path(place.name) / "api-keys"
    keys.write_text(f"{KEY} role=admin\n")
    keys.chmod(0o600)
    store = f"dir:{pathlib.Path(place.name) / 'events'}"
    command = [variate, "serve", "--listen", "127.0.0.1:PORT", "--store", store, "--api-key-file", str(keys)]
    server = Server(command, "/evaluate")
    server.place = place
    return server


def ep_stats(metrics):
    """Its own application, with a Dao that has the goals in memory."""
    here = pathlib.Path(__file__).parent
    environment = {**os.environ, "METRICS": str(metrics), "PYTHONPATH": str(here)}
    command = [sys.executable, "-m", "uvicorn", "ep_stats_server:api", "--port", "PORT", "--log-level", "error"]
    return Server(command, "/evaluate", environment)


def body(metrics, goals):
    request = data.request(metrics)
    if goals:
        request["goals"] = list(data.rows(metrics))
    return json.dumps(request).encode()
