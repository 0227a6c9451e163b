package seal

import (
	"encoding/binary"

	"github.com/opentrm/opentrm/internal/fault"
)

// The sizes to which plain texts are padded: one of the steps, then whole multiples of the block.
const padBlock = 1 << 20

// PaddedSize returns the size in bytes of n bytes after [Pad].
func PaddedSize(n int) int {
	total := 4 + n
	for _, step := range [...]int{4 << 10, 16 << 10, 64 << 10, 256 << 10} {
		if total <= step {
			return step
		}
	}
	return (total + padBlock - 1) / padBlock * padBlock
}

// Pad returns plain behind its length and before zeros, so that its size tells only which of 4, 16, 64 or
// 256 KiB, or how many whole MiB, it needs. Plain must be shorter than 4 GiB.
//
// Spec: spec/keys.md section 2.6.
func Pad(plain []byte) []byte {
	out := make([]byte, PaddedSize(len(plain)))
	binary.BigEndian.PutUint32(out, uint32(len(plain)))
	copy(out[4:], plain)
	return out
}

// Unpad returns what was given to [Pad]. The result shares padded's memory.
//
// It fails with [fault.Invalid] if padded is not exactly what Pad writes: another size, or padding that
// is not zero.
func Unpad(padded []byte) ([]byte, error) {
	if len(padded) < 4 {
		return nil, fault.New(fault.Invalid, "seal.padding")
	}
	n := uint64(binary.BigEndian.Uint32(padded))
	if n > uint64(len(padded)-4) || PaddedSize(int(n)) != len(padded) {
		return nil, fault.New(fault.Invalid, "seal.padding")
	}
	var rest byte
	for _, c := range padded[4+n:] {
		rest |= c
	}
	if rest != 0 {
		return nil, fault.New(fault.Invalid, "seal.padding")
	}
	return padded[4 : 4+n : 4+n], nil
}
