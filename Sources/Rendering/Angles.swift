import Glibc

// The C library's functions, as PyBullet uses them.
func sine(_ x: Double) -> Double { Glibc.sin(x) }
func cosine(_ x: Double) -> Double { Glibc.cos(x) }
func tangent(_ x: Double) -> Double { Glibc.tan(x) }
