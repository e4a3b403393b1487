"""What is read from the published tables about one provider, and about changes."""
