"""The desk: asking, deciding, remembering. Rule: what was approved is what runs."""
