"""The screens of the access review."""
