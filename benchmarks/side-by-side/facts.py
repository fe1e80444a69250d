"""What the three make of cases that are not in the stream."""

import pathlib
import time

import originals
import ours

EXPERIMENT = "pill color"


def event(**fields):
    return {"experiment": EXPERIMENT, "namespace": "alephbet", "variant": "red", **fields}


def of(results):
    """What is shown, in a line."""
    shown = [
        f"{goal['goal']} {result['label']} {result['successes']}/{result['trials']}"
        for experiment in results
        for goal in experiment.get("goals", ())
        for result in goal["results"]
    ]
    return ", ".join(shown) or "nothing"


class Original:
    def __init__(self, name, redis, place, **settings):
        self.handlers = originals.load(name, redis.port, place, **settings)

    def track(self, **fields):
        self.handlers.track(event(**fields), None)

    def delete(self):
        self.handlers.delete({"experiment": EXPERIMENT}, None)

    def shown(self):
        return of(self.handlers.all({}, None))


class Ours:
    def __init__(self, server):
        self.server = server

    def track(self, **fields):
        status, body = self.server.track(**event(**fields))
        assert status == 200, (status, body)

    def delete(self):
        assert self.server.delete(EXPERIMENT) == 200

    def shown(self):
        return of(self.server.results())


def colon(system):
    system.track(event="participate", uuid="1")
    system.track(event="cart:bought", uuid="1")
    return system.shown()


def again_after_delete(system):
    for _ in range(2):
        system.track(event="participate", uuid="1")
        system.track(event="bought", uuid="1")
        shown = system.shown()
        system.delete()
    return shown


def again_later(system):
    system.track(event="participate", uuid="1")
    system.track(event="bought", uuid="1")
    # Lámed remembers for as long as its settings say, here for a second instead of a day.
    time.sleep(2.1)
    system.track(event="bought", uuid="1")
    return system.shown()


CASES = (
    ("a goal `cart:bought` of one visitor, shown", colon),
    ("deleted, then the same visitor again, shown", again_after_delete),
    ("the same id after Lámed's expiry, shown", again_later),
)


def original(name, case, place, make_redis):
    redis = make_redis()
    try:
        return case(Original(name, redis, place, uuid_expiry_seconds=1 if case is again_later else 86_400))
    finally:
        redis.stop()


def original_without_redis(name, place, make_redis):
    redis = make_redis()
    system = Original(name, redis, place)
    redis.stop()
    try:
        system.track(event="participate", uuid="1")
    except Exception as error:
        return f"`{type(error).__name__}`, for which their gateway is documented to answer 200"
    return "nothing"


def rows(variate, place, make_redis, in_child):
    """A row for each case; each on a Redis and a server of its own."""
    for index, (title, case) in enumerate(CASES):
        shown = [in_child(original, name, case, place, make_redis) for name in ("gimel", "lamed")]
        directory = pathlib.Path(place) / f"fact-{index}"
        directory.mkdir()
        server = ours.Server(variate, f"dir:{directory / 'events'}", directory)
        try:
            yield (title, *shown, case(Ours(server)))
        finally:
            server.stop()
    raised = [in_child(original_without_redis, name, place, make_redis) for name in ("gimel", "lamed")]
    redis = make_redis()
    directory = pathlib.Path(place) / "fact-away"
    directory.mkdir()
    server = ours.Server(variate, f"redis://127.0.0.1:{redis.port}", directory)
    redis.stop()
    try:
        status, _ = server.track(**event(event="participate", uuid="1"))
        yield ("Redis is away: `track` answers", *raised, str(status))
    finally:
        server.stop()
