// Package lanes multiplies points of ristretto255 by one secret number, four points at a time in the lanes of one vector register, for the private
// overlap of two members. It is there on processors with AVX2 and in programs built with GOEXPERIMENT=simd, and nowhere else: every other program does the
// same with the library that has been reviewed, and this package is compared with it bit by bit (RFC 9496). Nothing in it depends on
// the number by which it multiplies, or on the points, in time or in the memory it touches.
package lanes
