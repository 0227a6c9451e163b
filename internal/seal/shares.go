package seal

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"io"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// A share is: version, threshold, index, 8 bytes that name the set, 2 bytes of length, the values, 8 bytes
// of checksum (spec/keys.md section 6.2).
const (
	shareVersion  = 0x01
	shareHead     = 1 + 1 + 1 + 8 + 2
	shareChecksum = 8
	shareDigest   = 16 // of the secret, shared with it

	maxShared = 1024
	maxShares = 255
)

// Split shares secret among n holders of whom any k together can rebuild it and fewer learn nothing but
// its length (Shamir over GF(256)). Randomness is from random, or from the system if it is nil.
//
// It fails with [fault.Invalid] unless 2 <= k <= n <= 255 and the secret has 1 to 1024 bytes.
//
// Spec: spec/keys.md section 6.2.
func Split(random io.Reader, secret []byte, n, k int) ([][]byte, error) {
	if k < 2 || k > n || n > maxShares || len(secret) < 1 || len(secret) > maxShared {
		return nil, fault.New(fault.Invalid, "seal.share.bounds")
	}
	set := draw(random, 8)
	digest := secretDigest(set, secret)
	body := append(append(make([]byte, 0, len(secret)+shareDigest), secret...), digest...)
	defer clear(body)
	chance := draw(random, len(body)*(k-1))
	defer clear(chance)
	shares := make([][]byte, n)
	for i := range shares {
		x := byte(i + 1)
		s := make([]byte, 0, shareHead+len(body)+shareChecksum)
		s = append(s, shareVersion, byte(k), x)
		s = append(s, set...)
		s = binary.BigEndian.AppendUint16(s, uint16(len(body)))
		for j, constant := range body {
			var y byte
			for _, c := range chance[j*(k-1) : (j+1)*(k-1)] {
				y = multiply(y^c, x)
			}
			s = append(s, y^constant)
		}
		shares[i] = append(s, checksum(s)...)
	}
	return shares, nil
}

// secretDigest lets [Combine] notice that shares with good checksums do not belong together.
func secretDigest(set, secret []byte) []byte {
	sum := sha256.Sum256(frame.Join([]byte("opentrm/share-secret/1"), set, secret))
	return sum[:shareDigest]
}

func checksum(share []byte) []byte {
	sum := sha256.Sum256(frame.Join([]byte("opentrm/share/1"), share))
	return sum[:shareChecksum]
}

// Share is what is readable of one share without the others.
type Share struct {
	Index     int // 1 to 255; the holder's number
	Threshold int // how many are needed

	set    string
	values []byte
}

// ParseShare reads one share, so that a slip of the pen is found before the officers meet.
//
// It fails with [fault.Invalid]: "seal.algorithm" for another version, "seal.share.form" for another
// form, "seal.share.checksum" if a byte was altered.
func ParseShare(b []byte) (Share, error) {
	if len(b) > 0 && b[0] != shareVersion {
		return Share{}, fault.New(fault.Invalid, "seal.algorithm")
	}
	if len(b) < shareHead+shareDigest+1+shareChecksum || len(b) > shareHead+maxShared+shareDigest+shareChecksum {
		return Share{}, fault.New(fault.Invalid, "seal.share.form")
	}
	body, sum := b[:len(b)-shareChecksum], b[len(b)-shareChecksum:]
	if subtle.ConstantTimeCompare(checksum(body), sum) != 1 {
		return Share{}, fault.New(fault.Invalid, "seal.share.checksum")
	}
	s := Share{Index: int(body[2]), Threshold: int(body[1]), set: string(body[3:11]), values: body[shareHead:]}
	if s.Index == 0 || s.Threshold < 2 || int(binary.BigEndian.Uint16(body[11:])) != len(s.values) {
		return Share{}, fault.New(fault.Invalid, "seal.share.form")
	}
	return s, nil
}

// Combine rebuilds the secret from at least as many shares as its threshold says. All that are given must
// fit.
//
// It fails with [fault.Invalid]: as [ParseShare] does, with the argument "share" (its place in the list,
// from 1); "seal.share.set" if one is of another splitting; "seal.share.repeated" if two are the same
// holder's; "seal.share.few" with "need" if there are too few; "seal.share.wrong" if one was forged with a
// good checksum.
func Combine(shares [][]byte) ([]byte, error) {
	if len(shares) > maxShares {
		return nil, fault.New(fault.Invalid, "seal.share.bounds")
	}
	var all []Share
	seen := map[int]bool{}
	for i, b := range shares {
		at := strconv.Itoa(i + 1)
		s, err := ParseShare(b)
		if err != nil {
			return nil, fault.New(fault.Invalid, shareKey(err)).With("share", at)
		}
		if i > 0 && (s.set != all[0].set || s.Threshold != all[0].Threshold || len(s.values) != len(all[0].values)) {
			return nil, fault.New(fault.Invalid, "seal.share.set").With("share", at)
		}
		if seen[s.Index] {
			return nil, fault.New(fault.Invalid, "seal.share.repeated").With("share", at)
		}
		seen[s.Index] = true
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "seal.share.few").With("need", "2")
	}
	k := all[0].Threshold
	if len(all) < k {
		return nil, fault.New(fault.Invalid, "seal.share.few").With("need", strconv.Itoa(k))
	}
	body := interpolate(all[:k], 0)
	secret, digest := body[:len(body)-shareDigest], body[len(body)-shareDigest:]
	fits := subtle.ConstantTimeCompare(secretDigest([]byte(all[0].set), secret), digest)
	for _, s := range all[k:] {
		fits &= subtle.ConstantTimeCompare(interpolate(all[:k], byte(s.Index)), s.values)
	}
	if fits != 1 {
		clear(body)
		return nil, fault.New(fault.Invalid, "seal.share.wrong")
	}
	return secret, nil
}

// shareKey returns the message key of a failure of ParseShare.
func shareKey(err error) string {
	_, key, _ := fault.Public(err)
	return key
}

// interpolate returns the values at x of the polynomials through the shares.
func interpolate(shares []Share, x byte) []byte {
	out := make([]byte, len(shares[0].values))
	for i, s := range shares {
		weight := byte(1)
		for j, o := range shares {
			if i != j {
				weight = multiply(weight, multiply(x^byte(o.Index), invert(byte(s.Index)^byte(o.Index))))
			}
		}
		for b, y := range s.values {
			out[b] ^= multiply(weight, y)
		}
	}
	return out
}

// multiply is the product in GF(256) modulo x^8+x^4+x^3+x+1, without tables and without branches on a or
// b, so that its time tells nothing of them.
func multiply(a, b byte) byte {
	var product byte
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return product
}

// invert returns a^254, which is 1/a for every a but 0.
func invert(a byte) byte {
	out := byte(1)
	for range 7 {
		a = multiply(a, a)
		out = multiply(out, a)
	}
	return out
}
