package webcooperation_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// TestARequestOverThePages: a prosecutor prepares a request on the pages, is told what it lacks and what leaves, sends the record, and the prosecutor of the other country takes it through
// its steps on hers.
func TestARequestOverThePages(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := webtest.At(t, n.Node("MD")), webtest.At(t, n.Node("MK"))
	md.Prosecutes()
	draft, sent := webtest.Requested(md, mk)
	p, q := md.As("petar"), mk.As("petar")

	// What it lacks is said before anything is sent.
	begin := url.Values{"to": {"MK/prosecution"}, "kind": {"eio"}}
	p.Do(http.MethodPost, "/cooperation/new", begin).Is(http.StatusUnprocessableEntity).Says("There is no legal basis of this kind")
	begin.Set("kind", "spontaneous")
	p.Do(http.MethodPost, "/cooperation/new", begin).OK().Says("article 34", "article 18(4)")
	begin.Set("instrument-asked", "yes")
	p.Do(http.MethodPost, "/cooperation/new", begin).Is(http.StatusUnprocessableEntity)
	p.Get(draft).OK().Says("DEMO fact", "DEMO Person", "Suspect", "H2: not passed on", "4: cannot be judged", "Send the record")
	fact := draft + "/part/facts/0"
	if a := p.Take(draft, "part/facts/0", url.Values{"do": {"remove"}, "text": {"DEMO fact"}, "ground": {"fact"}, "handling": {"H2"}, "source": {"X"}, "information": {"4"}}); strings.Contains(a.Body, "DEMO fact") {
		t.Error("a fact that was removed stands there")
	}
	p.Get(draft).OK().Says("At least one fact")
	p.Get(fact).Is(http.StatusNotFound)
	p.Take(draft, "part/facts/new", url.Values{"text": {"DEMO other"}, "ground": {"opinion"}, "handling": {"H3"}, "source": {"B"}, "information": {"2"}}).Is(http.StatusUnprocessableEntity).Says("Check")
	p.Take(draft, "part/facts/new", url.Values{"text": {"DEMO other"}, "ground": {"opinion"}, "handling": {"H3"}, "condition": {"DEMO not before May"}, "source": {"B"}, "information": {"2"}}).OK().Says("DEMO not before May", "Opinion")

	// The document is for the official channel, and its checksum is what the other side has.
	doc := p.Get(sent + "/document").OK()
	digest := doc.Find(`([0-9a-f]{64})`)
	p.Get(sent + "/request.json").OK().Says(`"opentrm/cooperation-request/1"`)
	there := q.Get("/cooperation").OK().Find(`href="(/cooperation/[0-9a-z]{26})"`)
	a := q.Get(there).OK().Says("Mutual legal assistance", "The request itself goes by the official channel")
	for _, secret := range []string{"DEMO fact", "DEMO Person", "DEMO article", "DEMO hearing", "DEMO investigation"} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("the record says %q", secret)
		}
	}
	if !strings.Contains(doc.Body, digest) || digest == "" {
		t.Error("the document does not say its checksum")
	}
	q.Take(there, "step/receipt", url.Values{"their-reference": {"DEMO MK 7"}, "note-language": {"mk"}}).OK()
	n.Run()
	q.Take(there, "step/decision", url.Values{"result": {""}, "note-language": {"mk"}}).Is(http.StatusUnprocessableEntity)
	q.Take(there, "step/decision", url.Values{"result": {"refused"}, "note": {"DEMO: not an offence here"}, "note-language": {"mk"}}).OK()
	n.Run()
	p.Get(sent).OK().Says("Refused", "DEMO: not an offence here", "DEMO MK 7")
	p.Get(sent).OK().Says("How long it is kept", "Nobody has said how long", "2016/680 article 5")
	p.Get("/cooperation/days").OK().Says("1")
	p.Get("/cooperation/matrix").OK().Says("Directive 2014/41/EU")
	version := p.Get(sent).OK().Find(`name="version" value="([0-9]+)"`)
	p.Do(http.MethodPost, sent+"/erase", url.Values{"version": {version}}).Is(http.StatusSeeOther)
	p.Get(sent).Is(http.StatusConflict)

	signed(t, p, draft)

	// Assistance finds nothing there.
	md.As("ana").Get("/cooperation").Is(http.StatusForbidden)
	md.As("ana").Get(draft).Is(http.StatusForbidden)
	md.As("ana").Get(draft + "x").Is(http.StatusForbidden) // it is the role that is refused: one that exists looks as one that does not
}

// signed gives the office a key and finds that OpenSSL takes the file that it signs.
func signed(t *testing.T, p *webtest.Somebody, path string) {
	t.Helper()
	p.Do(http.MethodPost, path+"/container", nil).Is(http.StatusConflict)
	p.Do(http.MethodPost, "/cooperation/key", url.Values{"name-office": {""}}).Is(http.StatusUnprocessableEntity)
	p.Post("/cooperation/key", url.Values{"name-office": {"DEMO Office of the Prosecutor"}}).OK().Says("your office", "DEMO Office of the Prosecutor")
	p.Do(http.MethodPost, "/cooperation/key/certificate", url.Values{"certificate": {"none"}}).Is(http.StatusUnprocessableEntity).Says("no certificate")
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		at := filepath.Join(dir, name)
		if err := os.WriteFile(at, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	certificate := file("certificate.pem", []byte(p.Get("/cooperation/key/certificate.pem").OK().Body))
	request := file("request.pem", []byte(p.Do(http.MethodPost, "/cooperation/key/request.pem", nil).OK().Body))
	whole := []byte(p.Do(http.MethodPost, path+"/container", nil).OK().Body)
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		entries[f.Name] = file(strings.ReplaceAll(f.Name, "/", "-"), b)
	}
	if b, err := os.ReadFile(entries["request.json"]); err != nil || string(b) != p.Get(path+"/request.json").OK().Body {
		t.Errorf("the container holds another request: %v", err)
	}
	worded(t, entries["request.docx"], p.Do(http.MethodGet, path+"/request.docx", nil).OK().Body)
	for _, args := range [][]string{
		{"cms", "-verify", "-binary", "-inform", "DER", "-in", entries["META-INF/signature.p7s"], "-content", entries["META-INF/ASiCManifest.xml"], "-CAfile", certificate, "-purpose", "any", "-out", filepath.Join(dir, "out")},
		{"req", "-verify", "-noout", "-in", request},
	} {
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Errorf("openssl %s: %v: %s", args[0], err, out)
		}
	}
}

// worded finds that the document for people is whole, the same alone and in the signed file, and says what the request says.
func worded(t *testing.T, packed, alone string) {
	t.Helper()
	if b, err := os.ReadFile(packed); err != nil || string(b) != alone {
		t.Errorf("the document in the signed file is another: %v", err)
	}
	z, err := zip.NewReader(strings.NewReader(alone), int64(len(alone)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"DEMO investigation", "DEMO article 165", "DEMO Person", "DEMO hearing", "H2: not passed on", "Mutual legal assistance", strings.Repeat("ab", 32)} {
		if !bytes.Contains(b, []byte(said)) {
			t.Errorf("the document does not say %q", said)
		}
	}
}
