// The VLA target.
