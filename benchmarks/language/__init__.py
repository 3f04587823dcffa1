"""Language models: fine-tuning, writing, training sessions and first tokens, beside loops by hand and peers."""
