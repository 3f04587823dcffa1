"""Messages to a shop's help desk, put together from openings, matters and endings."""

import numpy as np

from trainyard.datasets.samples.archives import csv_of

PER_TOPIC = 220
OPENINGS = ("Hello,", "Hi there,", "Good morning,", "Dear team,", "", "", "Please help:", "Quick question:")
ENDINGS = ("Thanks!", "What can I do?", "Please get back to me.", "I look forward to your answer.", "", "", "Regards")
THINGS = ("lamp", "jacket", "kettle", "backpack", "headphones", "desk", "tent", "pair of boots", "camera", "blender")
MATTERS: dict[str, tuple[str, ...]] = {
    "delivery": (
        "my {thing} has not arrived yet",
        "the parcel with the {thing} is a week late",
        "where is the {thing} I ordered last {day}",
        "the courier left the {thing} with a neighbour I do not know",
        "tracking has not moved since {day}",
        "can the {thing} be sent to another address",
        "nobody was at home on {day} when the {thing} came",
    ),
    "payment": (
        "I was charged twice for the {thing}",
        "my card was refused when I paid for the {thing}",
        "the invoice for the {thing} shows the wrong amount",
        "may I pay for the {thing} in instalments",
        "the voucher did not work at the checkout on {day}",
        "I need an invoice with my company's tax number for the {thing}",
        "the amount taken on {day} is not what the order says",
    ),
    "return": (
        "I want to send the {thing} back",
        "the {thing} is too small, can I exchange it",
        "how long may I keep the {thing} before I return it",
        "I have sent the {thing} back on {day} and saw no refund",
        "the label for the return of the {thing} does not print",
        "the {thing} is not what I expected, I would like my money back",
        "can I hand the {thing} back in one of your shops",
    ),
    "fault": (
        "the {thing} stopped working on {day}",
        "the {thing} came with a crack",
        "the {thing} makes a strange noise since {day}",
        "a part of the {thing} is missing",
        "the {thing} does not switch on any more",
        "the seam of the {thing} came apart after two days",
        "is there a spare part for the {thing}, mine broke on {day}",
    ),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def messages() -> bytes:
    """A CSV of messages and what each is about; no two are the same, or a test would ask what training has seen."""
    draw = np.random.default_rng(4)
    topics = [topic for topic in MATTERS for _ in range(PER_TOPIC)]
    draw.shuffle(topics)
    written: dict[str, str] = {}
    for topic in topics:
        while (message := _message(topic, draw)) in written:
            pass
        written[message] = topic
    return csv_of(["message", "topic"], written.items())


def _message(topic: str, draw: np.random.Generator) -> str:
    thing, day = draw.choice(THINGS), draw.choice(DAYS)
    matter = str(draw.choice(MATTERS[topic])).format(thing=thing, day=day)
    opening = str(draw.choice(OPENINGS))
    sentence = matter if opening.endswith((",", ":")) else matter[:1].upper() + matter[1:]
    return " ".join(filter(None, (opening, f"{sentence}.", str(draw.choice(ENDINGS)))))
