"""Tables by a formula and a die: customers who leave, and how much electricity two towns use."""

from datetime import datetime, timedelta
from math import cos, exp, pi

import numpy as np

from trainyard.datasets.samples.archives import csv_of

CUSTOMERS = 1_200
DAYS = 45
PLANS = {"basic": 19.0, "plus": 39.0, "business": 89.0}
REGIONS = ("north", "south", "east", "west")
TOWNS = {"Ashford": 40.0, "Brightwell": 62.0}
MISSING = 0.03


def customers() -> bytes:
    """A CSV of customers; the last column says who left. What tells it: calls, months and the plan, with chance."""
    draw = np.random.default_rng(2)
    header = ["plan", "region", "months", "monthly_fee", "support_calls", "hours_per_week", "autopay", "left"]
    return csv_of(header, (_customer(draw) for _ in range(CUSTOMERS)))


def _customer(draw: np.random.Generator) -> list[object]:
    plan = str(draw.choice(list(PLANS), p=[0.5, 0.35, 0.15]))
    months = int(draw.exponential(22)) + 1
    fee = round(PLANS[plan] * draw.uniform(0.85, 1.2), 2)
    calls = int(draw.poisson(1.6))
    hours = round(float(draw.gamma(3, 3)), 1)
    autopay = bool(draw.random() < 0.6)
    pull = 1.1 * (calls - 1.6) - 0.06 * (months - 20) - 0.16 * (hours - 9) - 0.9 * autopay
    pull += {"basic": 0.5, "plus": 0.0, "business": -0.8}[plan] - 0.9
    leaves = bool(draw.random() < 1 / (1 + exp(-1.6 * pull)))
    hours_told = None if draw.random() < MISSING else hours
    told = "yes" if autopay else "no"
    return [plan, draw.choice(REGIONS), months, fee, calls, hours_told, told, "yes" if leaves else "no"]


def electricity() -> bytes:
    """A CSV of the load of two towns, hour by hour: a day, a week, the weather, and some noise."""
    draw = np.random.default_rng(3)
    rows: list[list[object]] = []
    for town, base in TOWNS.items():
        weather = 0.0
        for hour in range(24 * DAYS):
            at = datetime(2025, 3, 3) + timedelta(hours=hour)  # noqa: DTZ001  a wall clock's time
            weather = 0.97 * weather + float(draw.normal(0, 0.5))
            temperature = 11 + weather - 5 * cos(2 * pi * (at.hour - 3) / 24)
            day = 1 - 0.28 * cos(2 * pi * (at.hour - 4) / 24) + 0.1 * cos(4 * pi * (at.hour - 19) / 24)
            load = base * day * (0.82 if at.weekday() > 4 else 1) - 0.5 * (temperature - 11)
            noisy = load + float(draw.normal(0, base * 0.015))
            rows.append([town, at.isoformat(sep=" ", timespec="minutes"), round(noisy, 2), round(temperature, 1)])
    return csv_of(["town", "hour", "load", "temperature"], rows)
