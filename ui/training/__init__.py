"""The screens of the training."""
