package nodetest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// face is a person at the JSON interface.
type face struct {
	h     *heavy
	base  string
	token string
}

func (f *face) ask(method, path, key string, body any) (int, []byte) {
	f.h.t.Helper()
	b, err := json.Marshal(body)
	f.h.must(err)
	q, err := http.NewRequestWithContext(f.h.ctx, method, f.base+path, bytes.NewReader(b))
	f.h.must(err)
	q.Header.Set("Content-Type", "application/json")
	if f.token != "" {
		q.Header.Set("Authorization", "Bearer "+f.token)
	}
	if key != "" {
		q.Header.Set("Idempotency-Key", key)
	}
	a, err := http.DefaultClient.Do(q)
	f.h.must(err)
	defer a.Body.Close()
	got, err := io.ReadAll(a.Body)
	f.h.must(err)
	return a.StatusCode, got
}

// faces does through the JSON interface and the pages what leaves traces there: repeated requests, mistakes with words in
// them, words where an address or a login belongs.
func (h *heavy) faces() {
	h.t.Helper()
	base := "http://" + h.node("RO").PeopleAddress()
	f := &face{h: h, base: base + "/api/v1"}
	status, b := f.ask("POST", "/sessions", "", map[string]string{"login": "shelter", "passphrase": demo.Passphrase})
	var in struct{ Token string }
	if err := json.Unmarshal(b, &in); err != nil || status != 201 {
		h.t.Fatalf("sign-in: %d %s", status, b)
	}
	f.token = in.Token
	status, b = f.ask("POST", "/cases", "one", map[string]any{"age_class": "adult"})
	var c struct{ ID string }
	if err := json.Unmarshal(b, &c); err != nil || status != 201 {
		h.t.Fatalf("case: %d %s", status, b)
	}
	who, err := frame.Encode(h.someone(130))
	h.must(err)
	for n, x := range []struct {
		want         int
		method, path string
		body         any
	}{
		{201, "POST", "/cases/" + c.ID + "/person", map[string]any{"person": json.RawMessage(who)}},
		{201, "POST", "/cases/" + c.ID + "/notes", map[string]any{"language": "ro", "text": h.her("words", 131)}},
		{201, "POST", "/messages", map[string]any{
			"to": id.Address{Member: "MD", Desk: "shelter"}, "language": "ro", "text": h.her("words", 132), "basis": "safeguards",
		}},
		{422, "POST", "/cases/" + c.ID + "/notes", map[string]any{"language": h.her("given", 133), "text": h.her("words", 133)}},
		{422, "POST", "/cases/" + c.ID + "/notes", map[string]any{"language": "ro", "text": 7, h.her("surname", 134): "x"}},
		{404, "POST", "/cases/" + url.PathEscape(h.her("greek", 135)) + "/notes", map[string]any{"language": "ro", "text": h.her("words", 135)}},
		{403, "POST", "/sessions", map[string]string{"login": h.her("given", 136), "passphrase": h.her("words", 136)}},
		{404, "GET", "/" + url.PathEscape(h.her("surname", 137)) + "?name=" + url.QueryEscape(h.her("greek", 137)), nil},
	} {
		key := fmt.Sprint("request ", n)
		if x.path == "/sessions" || x.method == "GET" {
			key = ""
		}
		var first []byte
		for range 2 { // the second is answered from what was kept of the first
			status, b := f.ask(x.method, x.path, key, x.body)
			if status != x.want && !(x.want == 403 && status == 503) {
				h.t.Errorf("%s %.40s: %d %s, want %d", x.method, x.path, status, b, x.want)
			}
			if first == nil {
				first = b
			} else if x.want == 201 && !bytes.Equal(first, b) {
				h.t.Errorf("%s: %s, then %s", x.path, first, b)
			}
		}
	}
	h.strangersDigests(f, c.ID)
	form := url.Values{"login": {h.her("given", 138)}, "passphrase": {h.her("words", 138)}}
	for _, page := range []string{"/", "/signin", "/cases", "/" + url.PathEscape(h.her("surname", 139))} {
		a, err := http.Get(base + page + "?q=" + url.QueryEscape(h.her("greek", 140)))
		h.must(err)
		_ = a.Body.Close()
	}
	q, err := http.NewRequestWithContext(h.ctx, "POST", base+"/signin", strings.NewReader(form.Encode()))
	h.must(err)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Sec-Fetch-Site", "same-origin")
	a, err := http.DefaultClient.Do(q)
	h.must(err)
	_ = a.Body.Close()
}

// strangersDigests lets a colleague send the same request under the same key. What rests of the two differs: a thief who
// guesses a request, a telephone number in it say, cannot try whether he is right.
func (h *heavy) strangersDigests(f *face, c string) {
	h.t.Helper()
	status, b := f.ask("POST", "/sessions", "", map[string]string{"login": "duty", "passphrase": demo.Passphrase})
	var in struct{ Token string }
	if err := json.Unmarshal(b, &in); err != nil || status != 201 {
		h.t.Fatalf("sign-in: %d %s", status, b)
	}
	other := &face{h: h, base: f.base, token: in.Token}
	for _, who := range []*face{f, other} {
		who.ask("POST", "/cases/"+c+"/notes", "the same", map[string]any{"language": "ro", "text": "+15550100999"})
	}
	if h.server == nil {
		return
	}
	var rows, digests int
	key := envelope.Digest([]byte("8:the same"))
	err := h.server.db.QueryRowContext(h.ctx, "SELECT count(*), count(DISTINCT digest) FROM idempotency WHERE key = $1", key).Scan(&rows, &digests)
	if err != nil || rows != 2 || digests != 2 {
		h.t.Errorf("%d requests of two people have %d digests, %v", rows, digests, err)
	}
}
