"""Ep-Stats' API over goals in memory, put together as its own main.py is."""

import os
from concurrent.futures import ThreadPoolExecutor

from epstats.server import ApiSettings, get_api
from epstats.toolkit.dao import Dao

import originals

GOALS = originals.ep_stats_rows(int(os.environ["METRICS"]))
POOL = ThreadPoolExecutor(max_workers=5)


class InMemory(Dao):
    def get_agg_goals(self, experiment):
        return GOALS.copy()


def get_dao():
    yield InMemory()


def get_pool():
    yield POOL


api = get_api(ApiSettings(), get_dao, get_pool)
