"""Official registers: they verify, they never add anybody."""
