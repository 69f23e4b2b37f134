"""Questions asked of a history, and their answers: folds over what stands, pure."""
