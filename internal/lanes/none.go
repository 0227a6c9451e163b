//go:build !goexperiment.simd || !amd64

package lanes

// Ready reports whether this program and this processor can do it.
func Ready() bool { return false }

// Multiply is only called where [Ready] says so.
func Multiply(*[4][32]byte, *[32]byte) (ok [4]bool) { return ok }

// MapAndMultiply is only called where [Ready] says so.
func MapAndMultiply(*[4][64]byte, *[32]byte) (out [4][32]byte) { return out }
