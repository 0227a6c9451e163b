package call

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

// Upload is the part of a request whose body is read as it comes and never held as a whole. What is done with it under an
// idempotency key is bound to the digest that is declared before it, against which the bytes are checked as they come.
type Upload struct {
	Digest string `header:"Content-Digest" json:"-" maxLength:"400" doc:"RFC 9530, with sha-256: the request is refused if other bytes arrive. Needed with an Idempotency-Key"`

	body io.Reader
	want []byte    // digest that was declared; nil: none was
	come hash.Hash // of what has come so far
	ends error     // what the body ended with; nil: it has not ended
}

// See takes hold of the body. It is called before the handler.
func (u *Upload) See(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(30 * time.Minute)) // without it the server's own deadline holds
	u.body = r.Body
}

var _ seer = (*Upload)(nil)

// streamer is a request with an [Upload] in it.
type streamer interface{ upload() *Upload }

func (u *Upload) upload() *Upload { return u }

// The methods below take a request without a streamed body, a nil [Upload], as one about which there is nothing to say.

// declared reads the header.
//
// It fails with [fault.Invalid] if it cannot be understood.
func (u *Upload) declared() (err error) {
	if u == nil || u.Digest == "" {
		return nil
	}
	u.want, err = parseDigest(u.Digest)
	u.come = sha256.New()
	return err
}

// bound reports whether it is known beforehand what will come.
func (u *Upload) bound() bool { return u == nil || u.want != nil }

// declaration is the digest that was declared, the same however it was written.
func (u *Upload) declaration() []byte {
	if u == nil {
		return nil
	}
	return u.want
}

// Read hands the body on. It ends with a fault instead of [io.EOF] if other bytes came than were declared, so that whoever
// waits for the end before keeping anything keeps nothing.
func (u *Upload) Read(p []byte) (int, error) {
	if u.ends != nil {
		return 0, u.ends
	}
	n, err := u.body.Read(p)
	if u.want != nil {
		u.come.Write(p[:n])
		if err == io.EOF && !bytes.Equal(u.come.Sum(nil), u.want) {
			err = fault.New(fault.Invalid, "api.digest.differs")
		}
	}
	u.ends = err
	return n, err
}

// drained reads what is left of a body, up to a limit in bytes, so that it is known whether it was what was declared.
func (u *Upload) drained(limit int64) error {
	if u == nil || u.want == nil {
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

// parseDigest reads the sha-256 of a Content-Digest: a dictionary of names and bytes (RFC 9530 2, RFC 8941 3.2). Other names
// are passed over; the last of two of one name counts.
//
// It fails with [fault.Invalid] if it is none, or has no sha-256.
func parseDigest(header string) ([]byte, error) {
	var want []byte
	for member := range strings.SplitSeq(header, ",") {
		name, value, ok := strings.Cut(strings.Trim(member, " \t"), "=")
		value, opens := strings.CutPrefix(value, ":")
		value, closes := strings.CutSuffix(value, ":")
		b, err := base64.StdEncoding.Strict().DecodeString(value)
		if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.*") != "" || !opens || !closes ||
			err != nil || strings.ContainsAny(value, "\r\n") || name == "sha-256" && len(b) != sha256.Size {
			return nil, fault.New(fault.Invalid, "api.digest.form")
		}
		if name == "sha-256" {
			want = b
		}
	}
	if want == nil {
		return nil, fault.New(fault.Invalid, "api.digest.form")
	}
	return want, nil
}
