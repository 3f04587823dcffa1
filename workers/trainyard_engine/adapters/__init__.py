"""Training sessions in the engine: LoRA adapters of one base model, trained by operations that a customer calls."""
