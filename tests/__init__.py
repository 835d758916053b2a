"""The tests: each one a sentence, each folder a kind of proof."""
