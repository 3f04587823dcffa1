/** What the machine-readable names of the API are called. */
export const terms = {
  states: {
    queued: "Queued",
    starting: "Starting",
    running: "Running",
    stopping: "Stopping",
    paused: "Paused",
    succeeded: "Succeeded",
    failed: "Failed",
    cancelled: "Cancelled",
  },
  sentences: {
    queued: {
      otherwise: "Waiting for a free slot.",
      user: "Resumed; waiting for a free slot to go on from the last checkpoint.",
      worker_lost:
        "Its worker was lost. Training goes on from the last checkpoint as soon as a slot is free.",
      drained:
        "Its worker is being taken out of service. Training goes on from the last checkpoint elsewhere.",
      preempted:
        "A job that goes first took its place. Training goes on from the last checkpoint as soon as a slot is free.",
      quarantined:
        "Its worker is faulty and was taken out of service. Training goes on from the last checkpoint elsewhere.",
      suspended: "The operator suspended the organization. Training goes on from the last checkpoint once it is active again.",
      hang: "Training took no step any more. It is tried once more from the last checkpoint.",
      room_again: "There is room again. Training goes on from the last checkpoint as soon as a slot is free.",
      infrastructure:
        "The platform had a fault. Training goes on from the last checkpoint; you are not billed.",
    },
    starting: {
      otherwise: "A worker took the job and is loading the data. Billing starts with training.",
    },
    running: {
      otherwise: "Training.",
    },
    stopping: {
      otherwise: "Stopping with a checkpoint.",
      user: "Stopping as you asked, with a checkpoint.",
      cap_reached: "The next step would pass the cost cap. Stopping with a checkpoint.",
      insufficient_funds: "The wallet has no more for it. Stopping with a checkpoint.",
      max_runtime: "The longest allowed run time is reached. Stopping with a checkpoint.",
      preempted: "A job that goes first needs its place. Stopping with a checkpoint to go on later.",
      quarantined: "Its worker is faulty. Stopping with a checkpoint to go on elsewhere.",
      suspended: "The operator suspended the organization. Stopping with a checkpoint to go on later.",
      drained: "Its worker is being taken out of service. Stopping with a checkpoint to go on elsewhere.",
    },
    paused: {
      otherwise: "Paused; resume to go on from the last checkpoint.",
      user: "Paused as you asked; resume to go on from the last checkpoint.",
      cap_reached: "Paused before it would pass its cost cap. Nothing is lost.",
      insufficient_funds:
        "Paused, for the wallet has no more for it. Add funds, then resume; nothing is lost.",
      infrastructure:
        "The platform failed too often for this job. Its last checkpoint is kept: resume to go on from there.",
      hang: "Training took no step any more, twice. Its last checkpoint is kept: resume to go on from there.",
      worker_lost:
        "Workers were lost too often for this job. Its last checkpoint is kept: resume to go on from there.",
      max_runtime: "Paused at the longest allowed run time. Nothing is lost.",
      storage:
        "The platform has no room to keep its work. It goes on from the last checkpoint when there is room again.",
    },
    succeeded: {
      otherwise: "Trained to the end.",
    },
    failed: {
      otherwise: "Training could not go on.",
      user_fault: "Training could not go on with this data or these settings.",
      infrastructure:
        "The platform failed too often for this job. You are billed only for work that was kept.",
      hang: "Training took no step any more, twice. You are billed only for work that was kept.",
      worker_lost: "Workers were lost too often for this job. You are billed only for work that was kept.",
    },
    cancelled: {
      otherwise: "Cancelled.",
      user: "Cancelled as you asked.",
    },
  },
  reasons: {
    submitted: "submitted",
    claimed: "taken by a worker",
    training: "training began",
    completed: "trained to the end",
    user: "asked for by a person",
    cap_reached: "cost cap reached",
    insufficient_funds: "no more funds in the wallet",
    max_runtime: "run time limit reached",
    worker_lost: "worker lost",
    preempted: "made room for a job that goes first",
    drained: "worker taken out of service",
    quarantined: "faulty worker taken out of service",
    suspended: "organization suspended",
    hang: "took no step any more",
    infrastructure: "fault of the platform",
    storage: "no room to keep work",
    room_again: "room again",
    user_fault: "fault in data or settings",
  },
  attemptStates: {
    claimed: "Taken",
    training: "Training",
    succeeded: "Succeeded",
    stopped: "Stopped with a checkpoint",
    cancelled: "Cancelled",
    failed: "Failed",
    lost: "Worker lost",
  },
  freeReasons: {
    not_kept: "Free: not kept",
    no_training: "Free: no training",
    beyond_cap: "Free: beyond the cap",
    starved: "Free: its host was busy",
    repeated: "Free: done once more",
  },
  limits: {
    max_cost: "“Spend at most”",
    max_runtime_seconds: "the longest runtime",
  },
  outcomes: {
    better: "The model is better than simple answers",
    matched: "A simple model does as well",
    no_better: "The model is no better than a guess",
    worse: "The model is worse than a guess",
    diverged: "Training diverged",
  },
  tasks: {
    image_classification: "Classify images",
    image_regression: "Predict numbers from images",
    text_classification: "Classify texts",
    audio_classification: "Classify recordings",
    speech_recognition: "Recognize speech",
    language_modelling: "Write texts",
    translation: "Translate texts",
    tabular_classification: "Classify rows of a table",
    tabular_regression: "Predict numbers from a table",
    time_series_forecasting: "Forecast series",
    sequence_classification: "Classify series",
    recommendation: "Recommend items",
  },
  files: {
    image_classification:
      "a zip or tar with one folder of images per class, or with a labels.csv that names each image",
    image_regression: "a zip or tar of images with a labels.csv: the name of each image, and its numbers",
    text_classification: "a CSV, Parquet or JSONL table, or a zip or tar with one folder of texts per class",
    audio_classification: "a zip or tar with one folder of WAV, FLAC, OGG or MP3 recordings per class",
    speech_recognition:
      "a zip or tar of WAV, FLAC, OGG or MP3 recordings with a .txt beside each, or a transcripts.csv",
    language_modelling: "a text, a zip or tar of texts, or a CSV, Parquet or JSONL table",
    translation: "a CSV, Parquet or JSONL table with a text and its translation in each row",
    tabular_classification: "a CSV, Parquet or JSONL table",
    tabular_regression: "a CSV, Parquet or JSONL table",
    time_series_forecasting: "a CSV, Parquet or JSONL table with a row per time",
    sequence_classification: "a CSV, Parquet or JSONL table with a row per step of a series",
    recommendation: "a CSV, Parquet or JSONL table of who met what; to predict are ratings, if there are any",
  },
  columns: {
    text: "Column of texts",
    target: "Column to predict",
    time: "Column of times",
    series: "Column that tells series apart",
    user: "Column of users",
    item: "Column of items",
  },
  fileKinds: {
    table: "A table",
    archive: "An archive",
    text: "A text",
  },
  severalNumbers: "One column, or several that are learned together.",
  severalNumbersArchive: "One column of labels.csv, or several that are learned together.",
  severalLabels: "One column of classes, or a column of 0 and 1 for each label.",
  severalLabelsArchive:
    "Leave it empty if folders are the classes. One column of labels.csv of classes, or a column of 0 and 1 for each label.",
  parts: {
    train: "Training",
    val: "Validation",
    test: "Test",
  },
  metrics: {
    wer: "word error rate",
    cer: "character error rate",
  },
};
