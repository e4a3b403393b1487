"""Text in, values out: what a published text says, in standard form. Pure."""
