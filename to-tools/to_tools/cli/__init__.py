"""The shell: `countersign …`. Rule: a command says what happened, what was kept and what to do next."""
