"""Logs batches to an MLflow tracking server with MLflow's own client, in an environment that has it.

For each line on standard input, logs so many batches as it says and answers with the seconds that this took.
"""

import sys
import time

from mlflow import MlflowClient  # type: ignore[import-not-found]
from mlflow.entities import Metric  # type: ignore[import-not-found]


def main(tracking_uri: str, series: int, steps: int) -> None:
    client = MlflowClient(tracking_uri)
    run = client.create_run(client.create_experiment("bench")).info.run_id
    first = 0
    for line in sys.stdin:
        began = time.perf_counter()
        for _ in range(int(line)):
            now = time.time_ns() // 1_000_000
            points = [
                Metric(f"series_{number}", 1 / (step + 1), now, step)
                for number in range(series)
                for step in range(first, first + steps)
            ]
            client.log_batch(run, metrics=points, synchronous=True)
            first += steps
        print(time.perf_counter() - began, flush=True)
    kept = client.get_metric_history(run, "series_0")
    print(len(kept), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
