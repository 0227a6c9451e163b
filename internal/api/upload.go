package api

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opentrm/opentrm/internal/fault"
)

// Upload is the part of a request whose body is read as it comes and never held as a whole. What is done with it under an
// idempotency key is bound to the digest that is declared before it, against which the bytes are checked as they come.
type Upload struct {
	Digest string `header:"Content-Digest" json:"-" maxLength:"400" doc:"RFC 9530, sha-256 or sha-512: the request is refused if other bytes arrive. Needed with an Idempotency-Key"`

	body io.Reader
	sums []sum
	ends error // what the body ended with; nil: it has not ended
}

// sum is one digest that was declared, and what has come so far.
type sum struct {
	hash.Hash
	name string
	want []byte
}

// Resolve takes hold of the body. It is called before the handler.
func (u *Upload) Resolve(ctx huma.Context) []error {
	_ = ctx.SetReadDeadline(time.Now().Add(30 * time.Minute)) // without it the server's own deadline holds
	u.body = ctx.BodyReader()
	if u.body == nil {
		u.body = bytes.NewReader(nil)
	}
	return nil
}

var _ huma.Resolver = (*Upload)(nil)

func (u *Upload) upload() *Upload { return u }

// The methods below take a request without a streamed body, a nil [Upload], as one about which there is nothing to say.

// declared reads the header.
//
// It fails with [fault.Invalid] if it cannot be understood.
func (u *Upload) declared() (err error) {
	if u == nil || u.Digest == "" {
		return nil
	}
	u.sums, err = parseDigest(u.Digest)
	return err
}

// bound reports whether it is known beforehand what will come.
func (u *Upload) bound() bool { return u == nil || len(u.sums) > 0 }

// digests names what was declared, the same however it was written.
func (u *Upload) digests() []byte {
	var b []byte
	if u != nil {
		for _, s := range u.sums {
			b = append(append(b, s.name...), s.want...)
		}
	}
	return b
}

// Read hands the body on. It ends with a fault instead of [io.EOF] if other bytes came than were declared, so that whoever
// waits for the end before keeping anything keeps nothing.
func (u *Upload) Read(p []byte) (int, error) {
	if u.ends != nil {
		return 0, u.ends
	}
	n, err := u.body.Read(p)
	for _, s := range u.sums {
		s.Write(p[:n])
	}
	if err == io.EOF {
		for _, s := range u.sums {
			if !bytes.Equal(s.Sum(nil), s.want) {
				err = fault.New(fault.Invalid, "api.digest.differs")
			}
		}
	}
	u.ends = err
	return n, err
}

// drained reads what is left of a body, up to a limit in bytes, so that it is known whether it was what was declared.
func (u *Upload) drained(limit int64) error {
	if u == nil || len(u.sums) == 0 {
		return nil
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(u, limit)); err != nil || u.ends == io.EOF {
		return err
	}
	if _, err := u.Read(make([]byte, 1)); err != io.EOF {
		return fault.Wrap(fault.TooLarge, "api.too-large", err)
	}
	return nil
}

// differs reports whether other bytes came than were declared.
func (u *Upload) differs() bool { return u != nil && fault.Is(u.ends, fault.Invalid) }

// judged returns why a request failed: the bytes, if that is why, however the noun took it.
func (u *Upload) judged(err error) error {
	if err != nil && u.differs() {
		return u.ends
	}
	return err
}

// parseDigest reads a Content-Digest: a dictionary of names and bytes (RFC 9530 2, RFC 8941 3.2). Names that are not known
// are passed over; the last of two of one name counts.
//
// It fails with [fault.Invalid] if it is none, or has no name that is known.
func parseDigest(header string) ([]sum, error) {
	bad := func() ([]sum, error) { return nil, fault.New(fault.Invalid, "api.digest.form") }
	known := map[string]func() hash.Hash{"sha-256": sha256.New, "sha-512": sha512.New}
	found := map[string][]byte{}
	for member := range strings.SplitSeq(header, ",") {
		name, value, ok := strings.Cut(strings.Trim(member, " \t"), "=")
		if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.*") != "" {
			return bad()
		}
		value, ok = strings.CutPrefix(value, ":")
		value, ok2 := strings.CutSuffix(value, ":")
		b, err := base64.StdEncoding.Strict().DecodeString(value)
		if !ok || !ok2 || err != nil || strings.ContainsAny(value, "\r\n") {
			return bad()
		}
		if h := known[name]; h != nil && len(b) != h().Size() {
			return bad()
		}
		found[name] = b
	}
	var sums []sum
	for _, name := range []string{"sha-256", "sha-512"} {
		if want, ok := found[name]; ok {
			sums = append(sums, sum{known[name](), name, want})
		}
	}
	if len(sums) == 0 {
		return bad()
	}
	return sums, nil
}
