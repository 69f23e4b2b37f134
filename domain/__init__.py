"""The words, the facts and the rules of a coalition's commitments: pure, no clock, no I/O."""
