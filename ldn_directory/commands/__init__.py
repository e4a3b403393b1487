"""Commands of `ldn` that are more than a few lines, one module each; `cli.py` gathers them."""
