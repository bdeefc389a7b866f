"""Forecasts by Prophet and statsforecast, one request on a line of standard input, one answer on a line of standard output.

Request: {"method", "values", "horizon", "season", "stepSeconds"}; answer: {"expected", "lower", "upper", "wallSeconds",
"cpuSeconds"} with the edges of the 95 % interval, or {"error"}. Only fitting and forecasting are timed.
"""

import json
import logging
import os
import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd
from prophet import Prophet
from statsforecast.models import MSTL, AutoARIMA, AutoETS, AutoTheta

LEVEL = 95

STATSFORECAST = {
    "AutoETS": lambda season: AutoETS(season_length=season),
    "AutoETS without a season": lambda season: AutoETS(season_length=1),
    "AutoARIMA": lambda season: AutoARIMA(season_length=season),
    "AutoTheta": lambda season: AutoTheta(season_length=season),
    "MSTL": lambda season: MSTL(season_length=season),
}


def by_statsforecast(method, values, request):
    answer = STATSFORECAST[method](request["season"]).forecast(y=values, h=request["horizon"], level=[LEVEL])
    return answer["mean"], answer[f"lo-{LEVEL}"], answer[f"hi-{LEVEL}"]


def by_prophet(values, request):
    step = pd.Timedelta(seconds=request["stepSeconds"])
    stamps = pd.Timestamp("2024-01-01") + step * np.arange(len(values) + request["horizon"])
    model = Prophet(interval_width=LEVEL / 100)
    model.fit(pd.DataFrame({"ds": stamps[: len(values)], "y": values}))
    answer = model.predict(pd.DataFrame({"ds": stamps[len(values) :]}))
    return answer["yhat"].to_numpy(), answer["yhat_lower"].to_numpy(), answer["yhat_upper"].to_numpy()


def cpu_seconds():
    """Of this process and those it started: Prophet fits in a program of its own."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def forecast(request):
    values = np.asarray(request["values"], dtype=float)
    np.random.seed(1)
    wall, cpu = time.perf_counter(), cpu_seconds()
    method = request["method"]
    lines = by_prophet(values, request) if method == "Prophet" else by_statsforecast(method, values, request)
    spent = {"wallSeconds": time.perf_counter() - wall, "cpuSeconds": cpu_seconds() - cpu}
    if not all(np.isfinite(line).all() for line in lines):
        raise ValueError("the forecast is not finite")
    return {**{name: list(map(float, line)) for name, line in zip(("expected", "lower", "upper"), lines)}, **spent}


def main():
    warnings.filterwarnings("ignore")
    for name in ("cmdstanpy", "prophet"):
        logging.getLogger(name).setLevel(logging.ERROR)
    answers = os.fdopen(os.dup(1), "w")
    # Libraries print: nothing but answers may go to standard output.
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            answer = forecast(json.loads(line))
        except Exception as error:  # a model that fails on one series must not end the others
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
