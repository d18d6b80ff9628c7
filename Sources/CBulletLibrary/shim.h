// Carries pkg-config flags only; the C++ headers are seen by CBullet alone.
