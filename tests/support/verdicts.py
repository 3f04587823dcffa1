"""A verdict as a worker sends it."""

from trainyard_spec.verdicts import Advantage, Baseline, Outcome, Sign, Verdict

VERDICT = Verdict(
    outcome=Outcome.BETTER,
    metric="accuracy",
    higher_is_better=True,
    value=0.9,
    examples=100,
    baselines=(Baseline(name="majority_class", value=0.5, is_guess=True, rows=800),),
    best_baseline="majority_class",
    better_by=Advantage(absolute=0.4, relative=0.8, low=0.3, high=0.5),
    signs=(Sign(code="overfits", message="It learns its training rows by heart."),),
    sentence="Accuracy 0.9 on 100 test rows: better than a guess.",
)
