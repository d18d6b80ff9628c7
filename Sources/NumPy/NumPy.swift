// The NumPy target.
