"""The same stream into Gimel's handlers, Lámed's, and the collector. README.md says what is measured."""

import argparse
import multiprocessing
import os
import pathlib
import platform
import resource
import shutil
import subprocess
import tempfile
import time

import facts
import originals
import ours
import stream

SENDERS = 8
BATCH = 500

HEAD = """# Side by side with Gimel and Lámed

The same events, into all of them. [benchmarks/side-by-side](../benchmarks/side-by-side/README.md) says who is measured and what
flatters whom. This page is what `benchmarks/side-by-side/run > docs/collector-side-by-side.md` wrote.
"""


class Redis:
    """One of its own, that keeps nothing on disk."""

    def __init__(self):
        self.port = ours.free_port()
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)
        ours.wait_for(self.port, self.process)

    def memory(self):
        command = ["redis-cli", "-p", str(self.port), "info", "memory"]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return int(next(line for line in lines if line.startswith("used_memory:")).split(":")[1])

    def cpu(self):
        return ours.cpu_of(self.process.pid)

    def stop(self):
        self.process.kill()
        self.process.wait()


def sender(index, kind, port, place, events, ready, go, done):
    """One of the eight; sends when all are ready."""
    part = events[index::SENDERS]
    if kind in ("gimel", "lamed"):
        handlers = originals.load(kind, port, place)
        sends = [
            {"experiment": stream.EXPERIMENT, "namespace": "alephbet", "event": action, "variant": variant, "uuid": uuid}
            for action, variant, uuid in part
        ]
        send = lambda event: handlers.track(event, None)
    else:
        connection = ours.Sender(port)
        send = connection.send
        if kind == "get":
            sends = [ours.get_request(stream.EXPERIMENT, *event) for event in part]
        else:
            at = int(time.time() * 1000)
            batches = [part[i : i + BATCH] for i in range(0, len(part), BATCH)]
            sends = [ours.post_request(stream.EXPERIMENT, batch, at) for batch in batches]
    ready.release()
    go.wait()
    before = resource.getrusage(resource.RUSAGE_SELF)
    for what in sends:
        send(what)
    after = resource.getrusage(resource.RUSAGE_SELF)
    done.put(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def drive(kind, port, place, events):
    """Seconds that sending took, and seconds of CPU time that the senders had."""
    context = multiprocessing.get_context("fork")
    ready, go, done = context.Semaphore(0), context.Event(), context.SimpleQueue()
    senders = [
        context.Process(target=sender, args=(index, kind, port, place, events, ready, go, done))
        for index in range(SENDERS)
    ]
    for process in senders:
        process.start()
    for _ in senders:
        ready.acquire()
    start = time.perf_counter()
    go.set()
    for process in senders:
        process.join()
    seconds = time.perf_counter() - start
    assert all(process.exitcode == 0 for process in senders)
    return seconds, sum(done.get() for _ in senders)


def counted(results):
    """Of an answer in Gimel's form: how often each action and variant was counted."""
    counts = {}
    for experiment in results:
        for goal in experiment.get("goals", ()):
            for result in goal["results"]:
                counts[goal["goal"], result["label"]] = result["successes"]
                counts["participate", result["label"]] = result["trials"]
    return counts


def in_child(function, *arguments):
    """What a function answers that loads handlers, which is for one process each."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=lambda: answers.put(function(*arguments)))
    process.start()
    answer = answers.get()
    process.join()
    return answer


def original_results(kind, port, place):
    return originals.load(kind, port, place).all({}, None)


def measure(name, kind, store, variate, events, exact, place):
    """One line of the table."""
    redis = Redis() if store == "redis" else None
    directory = pathlib.Path(place) / f"{kind}-{store}"
    directory.mkdir()
    is_original = kind in ("gimel", "lamed")
    server = None
    if not is_original:
        url = f"redis://127.0.0.1:{redis.port}" if redis else f"dir:{directory / 'events'}"
        server = ours.Server(variate, url, directory)
    memory = redis.memory() if redis else 0
    parts = [part for part in (redis, server) if part]
    cpu = [part.cpu() for part in parts]
    port = redis.port if is_original else server.port
    seconds, senders_cpu = drive(kind, port, place, events)
    service_cpu = sum(part.cpu() for part in parts) - sum(cpu)
    if is_original:
        # The handlers run in the senders.
        service_cpu += senders_cpu
        results = in_child(original_results, kind, port, place)
    else:
        results = server.results()
    counts = counted(results)
    off = {cell: counts.get(cell, 0) - wanted for cell, wanted in exact.items()}
    worst = max(off, key=lambda cell: abs(off[cell]) / exact[cell])
    if server:
        server.stop()
    stored = redis.memory() - memory if redis else ours.bytes_of(directory / "events")
    if redis:
        redis.stop()
    distinct = sum(exact.values())
    return (
        name,
        f"{sum(off.values()):+d}",
        f"{100 * off[worst] / exact[worst]:+.2f} %",
        f"{stored / distinct:.1f}",
        f"{len(events) / seconds:,.0f}",
        f"{1e6 * service_cpu / len(events):.0f}",
    )


def show(head, rows):
    print(f"| {' | '.join(head)} |")
    print(f"|---|{'---:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--variate", required=True, help="the binary, built with --release")
    arguments.add_argument("--events", type=int, default=200_000)
    arguments.add_argument("--duplicates", type=float, default=0.3)
    arguments.add_argument("--only", nargs="*", help="some of: gimel lamed get-dir post-dir get-redis post-redis facts")
    given = arguments.parse_args()
    place = tempfile.mkdtemp(prefix="side-by-side-")
    events, exact = stream.make(given.events, given.duplicates)
    lines = [
        ("gimel", "Gimel 1.5.0, handler on Redis", "gimel", "redis"),
        ("lamed", "Lámed 0.4.3, handler on Redis", "lamed", "redis"),
        ("get-dir", "variate, `GET /track`, directory", "get", "dir"),
        ("post-dir", f"variate, `POST /v1/events` by {BATCH}, directory", "post", "dir"),
        ("get-redis", "variate, `GET /track`, Redis", "get", "redis"),
        ("post-redis", f"variate, `POST /v1/events` by {BATCH}, Redis", "post", "redis"),
    ]
    wanted = lambda name: not given.only or name in given.only
    version = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    print(HEAD)
    print(f"{len(events):,} events, of which {sum(exact.values()):,} are distinct; {SENDERS} senders; {os.cpu_count()} processors, "
          f"load {os.getloadavg()[0]:.1f} at the beginning; Python {platform.python_version()}; Redis {version}.\n", flush=True)
    try:
        head = ("", "off in all", "off in the worst cell", "bytes/event", "events/s", "CPU µs/event")
        show(head, [
            measure(title, kind, store, given.variate, events, exact, place)
            for name, title, kind, store in lines if wanted(name)
        ])
        if wanted("facts"):
            print()
            show(("", "Gimel", "Lámed", "variate"), facts.rows(given.variate, place, Redis, in_child))
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
