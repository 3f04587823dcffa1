"""Types of the service's answers, and of the bodies that it is sent.

An answer is an ``Answer``: the JSON object with typed attributes. A spec or another body is a dictionary.
"""

from trainyard_client.types import answers
from trainyard_client.types.answer import Answer as Answer
from trainyard_client.types.answers import *  # noqa: F403  it holds nothing else
from trainyard_client.types.behaviour import FINISHED_STATES as FINISHED_STATES
from trainyard_client.types.behaviour import RESTING_STATES as RESTING_STATES
from trainyard_client.types.dictionaries import *  # noqa: F403  it holds nothing else
from trainyard_client.types.update import Update as Update

# Names of release 0.1.
Problem = answers.DatasetProblem
Progress = answers.JobProgress
Cost = answers.JobCost
UsageLine = answers.JobUsageRow
Worker = answers.AdminWorker
WorkerSandbox = answers.Sandbox
