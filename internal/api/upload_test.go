package api_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/opentrm/opentrm/internal/courier"
	"github.com/opentrm/opentrm/internal/nodetest"
)

const (
	letterA = "%PDF-1.7 a fictitious letter"
	letterB = "%PDF-1.7 another fictitious letter"
)

// TestAFileUnderAKeyIsBoundToItsContent: other bytes than were declared are not kept, and the same key answers only the
// same bytes.
func TestAFileUnderAKeyIsBoundToItsContent(t *testing.T) {
	x := nodetest.New(t, nodetest.At("MK")).Node("MK")
	q := as(t, x, "ana")
	path := "/cases/" + q.id("POST", "/cases", map[string]any{}) + "/attachments"
	send := func(content string, headers ...string) (int, string) {
		t.Helper()
		w := q.do("POST", path, []byte(content), append([]string{"File-Name", "letter.pdf"}, headers...)...)
		return w.Code, keyOf(w)
	}
	refused := func(what string, status int, key, content string, headers ...string) {
		t.Helper()
		unchanged(t, x, func() {
			if code, got := send(content, headers...); code != status || got != key {
				t.Errorf("%s: %d %s, want %d %s", what, code, got, status, key)
			}
		})
	}
	const bad = http.StatusUnprocessableEntity
	refused("no digest", bad, "api.digest.missing", letterA, "Idempotency-Key", "one")
	refused("a digest that is none", bad, "api.digest.form", letterA, "Idempotency-Key", "one", "Content-Digest", "sha-256=x")
	refused("a digest nobody knows", bad, "api.digest.form", letterA, "Idempotency-Key", "one", "Content-Digest", "md5=:AAAA:")
	refused("other bytes, without a key", bad, "api.digest.differs", letterB, "Content-Digest", digestOf(letterA))
	refused("other bytes", bad, "api.digest.differs", letterB, "Idempotency-Key", "one", "Content-Digest", digestOf(letterA))
	refused("cut off", bad, "api.digest.differs", letterA[:20], "Idempotency-Key", "one", "Content-Digest", digestOf(letterA))
	refused("nothing", bad, "api.digest.differs", "", "Idempotency-Key", "one", "Content-Digest", digestOf(letterA))
	ask := func() string {
		return q.id("POST", path, []byte(letterA), "File-Name", "letter.pdf", "Idempotency-Key", "one", "Content-Digest", digestOf(letterA))
	}
	first := ask() // the line was bad; the same request is right when it comes whole
	unchanged(t, x, func() {
		if again := ask(); again != first {
			t.Errorf("%s, then %s", first, again)
		}
	})
	refused("other bytes under the digest of the first", bad, "api.digest.differs", letterB, "Idempotency-Key", "one", "Content-Digest", digestOf(letterA))
	refused("more bytes", bad, "api.digest.differs", letterA+"more", "Idempotency-Key", "one", "Content-Digest", digestOf(letterA))
	refused("other bytes under their own digest", http.StatusConflict, "api.once.other", letterB, "Idempotency-Key", "one", "Content-Digest", digestOf(letterB))
	refused("another name", http.StatusConflict, "api.once.other", letterA, "Idempotency-Key", "one", "Content-Digest", digestOf(letterA), "File-Name", "other.pdf")
	if code, key := send(letterA, "Content-Digest", " md5=:AAAA: ,\t"+digestOf(letterA)); code != http.StatusCreated {
		t.Errorf("the digest beside another: %d %s", code, key)
	}
}

// TestACourierFileUnderAKeyIsTakenOnce: the same file answers the same, and one that was damaged on the way is asked for again.
func TestACourierFileUnderAKeyIsTakenOnce(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := net.Node("MD"), net.Node("MK")
	net.Run()
	net.CutAll(true)
	as(t, md, "ana").id("POST", "/messages", map[string]any{
		"to": map[string]string{"member": "MK", "desk": "focal-point"}, "language": "ro", "text": "hello", "basis": "cets-197-11",
	})
	file := as(t, md, "ada").do("POST", "/courier", nil).Body.Bytes()
	if len(file) < 100 || len(file) > courier.MaxFile {
		t.Fatalf("%d bytes", len(file))
	}
	q := as(t, mk, "ada")
	damaged := bytes.Clone(file)
	damaged[len(damaged)-1] ^= 1
	headers := []string{"Idempotency-Key", "one", "Content-Digest", digestOf(string(file))}
	if w := q.do("PUT", "/courier", damaged, headers...); keyOf(w) != "api.digest.differs" {
		t.Errorf("a damaged file: %d %s", w.Code, w.Body)
	}
	first := q.do("PUT", "/courier", file, headers...)
	unchanged(t, mk, func() { same(t, first, q.do("PUT", "/courier", file, headers...)) })
}
