"""The handlers of Gimel and Lámed, from their PyPI packages as they are, against a Redis."""

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import pathlib
import sys


def load(name, redis_port, place, **settings):
    """The module with the handlers, as their deployment packs it: a config.json and their own client of Redis beside it."""
    package = pathlib.Path(importlib.util.find_spec(name).submodule_search_locations[0])
    place = pathlib.Path(place) / name
    place.mkdir(parents=True, exist_ok=True)
    vendor = place / "vendor"
    # The senders do this at the same time.
    with contextlib.suppress(FileExistsError):
        vendor.symlink_to(package / "vendor")
    config = {"redis": {"host": "127.0.0.1", "port": redis_port, "db": 0}, **settings}
    (place / f"config.json.{os.getpid()}").write_text(json.dumps(config))
    os.replace(place / f"config.json.{os.getpid()}", place / "config.json")
    os.chdir(place)
    # Lámed logs every uuid; that is left out of what is measured.
    logging.disable(logging.CRITICAL)
    handlers = importlib.import_module(f"{name}.{name}")
    vendored = pathlib.Path(sys.modules["redis"].__file__).resolve()
    assert package / "vendor" in vendored.parents, vendored
    return handlers
