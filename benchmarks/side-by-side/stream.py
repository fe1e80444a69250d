"""The events that all systems are sent, and what a system that counts exactly makes of them."""

import random
import uuid
from collections import Counter

EXPERIMENT = "pill color"
VARIANTS = ("1-grey", "2-red")
# What visitors do, and how many of a hundred distinct events that is.
ACTIONS = (("participate", 50), ("clicked", 30), ("bought", 20))


def make(sends, duplicates, seed=20261121):
    """All events in the order of sending, and the exact count of each action and variant.

    Half of the duplicates follow their first at once, so that two senders have them at the same time.
    """
    draw = random.Random(seed)
    distinct = round(sends * (1 - duplicates))
    actions = [action for action, share in ACTIONS for _ in range(share)]
    events = [
        (actions[i % 100], VARIANTS[i // 100 % 2], str(uuid.UUID(int=draw.getrandbits(128), version=4)))
        for i in range(distinct)
    ]
    exact = Counter((action, variant) for action, variant, _ in events)
    draw.shuffle(events)
    again = [draw.choice(events) for _ in range(sends - distinct)]
    later = set(draw.sample(range(len(again)), len(again) // 2))
    at_once = Counter(event for i, event in enumerate(again) if i not in later)
    order = []
    for event in events:
        order.extend([event] * (1 + at_once[event]))
    for i in later:
        order.insert(draw.randrange(len(order) + 1), again[i])
    return order, exact
