"""The protocol: problems, bodies, answers, preconditions and access. It knows no coalition."""
