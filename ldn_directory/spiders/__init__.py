"""One file a source. `ldn probe URL --save` writes the next."""
