"""The collector, as a user runs it: `variate serve`."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.parse

KEY = "side-by-side-0123456789"


class Server:
    def __init__(self, variate, store, place):
        self.port = free_port()
        keys = pathlib.Path(place) / "api-keys"
        keys.write_text(f"{KEY} role=admin\n")
        keys.chmod(0o600)
        arguments = ["--listen", f"127.0.0.1:{self.port}", "--store", store, "--api-key-file", str(keys)]
        self.process = subprocess.Popen([variate, "serve", *arguments], stdout=subprocess.DEVNULL)
        wait_for(self.port, self.process)

    def get(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path, headers={"x-api-key": KEY, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def track(self, **parameters):
        return self.get(f"/track?{urllib.parse.urlencode(parameters)}")

    def results(self):
        status, body = self.get("/experiments")
        assert status == 200, (status, body)
        return json.loads(body)

    def delete(self, experiment):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("DELETE", f"/delete?{urllib.parse.urlencode({'experiment': experiment})}", headers={"x-api-key": KEY})
        return connection.getresponse().status

    def cpu(self):
        return cpu_of(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Sender:
    """One connection, one request at a time, in as few instructions as Python needs: it shares the machine with the server."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request):
        self.socket.sendall(request)
        answer = self.socket.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(answer[:300])
        lines = head.lower().split(b"content-length: ")
        length = int(lines[1].split(b"\r\n")[0]) if len(lines) == 2 else 0
        while len(body) < length:
            body += self.socket.recv(65536)
        return body


def get_request(experiment, action, variant, uuid):
    query = urllib.parse.urlencode({"experiment": experiment, "uuid": uuid, "variant": variant, "event": action, "namespace": "alephbet"})
    return f"GET /track?{query} HTTP/1.1\r\nhost: collector\r\naccept: */*\r\norigin: https://shop.example\r\n\r\n".encode()


def post_request(experiment, events, at):
    body = json.dumps([
        {"experiment": experiment, "action": action, "variant": variant, "id": uuid, "at": at}
        for action, variant, uuid in events
    ]).encode()
    head = f"POST /v1/events HTTP/1.1\r\nhost: collector\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process):
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args} does not listen")


def cpu_of(pid):
    """Seconds of CPU time that a process had."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bytes_of(directory):
    return sum(file.stat().st_blocks * 512 for file in pathlib.Path(directory).rglob("*") if file.is_file())
