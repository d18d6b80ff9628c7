// The Physics target.
