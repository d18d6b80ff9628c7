// The Rollouts target.
