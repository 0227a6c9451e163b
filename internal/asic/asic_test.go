package asic_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/asic"
	"github.com/opentrm/opentrm/internal/fault"
)

var (
	at        = time.Date(2026, 3, 3, 10, 30, 15, 99, time.UTC)
	documents = []asic.Document{
		{Name: "request.pdf", Media: "application/pdf", Data: []byte("an invented request")},
		{Name: "prilog – доказ 1.txt", Media: "text/plain", Data: bytes.Repeat([]byte("evidence "), 5000)},
	}
)

func signer(t *testing.T) asic.Signer {
	t.Helper()
	b, err := asic.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := asic.ParseKey(b)
	if err != nil {
		t.Fatal(err)
	}
	c, err := asic.SelfSigned(rand.Reader, key, asic.Office{Country: "MK", Name: "Demo office of a prosecutor", Desk: "MK/prosecutor"}, at.AddDate(0, -1, 0), at.AddDate(2, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return asic.Signer{Certificate: c, Key: key, Random: rand.Reader}
}

// packed unpacks a container of the documents.
func packed(t *testing.T, by asic.Signer) (whole []byte, entries map[string][]byte) {
	t.Helper()
	var b bytes.Buffer
	if err := asic.Pack(&b, documents, by, at); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	entries = map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		entries[f.Name], err = io.ReadAll(r)
		if err != nil {
			t.Fatal(f.Name, err)
		}
	}
	return b.Bytes(), entries
}

func write(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOpenSSLAcceptsTheSignature checks with OpenSSL what a prosecutor's office abroad would check, and that OpenSSL refuses it
// once one byte of the list is another.
func TestOpenSSLAcceptsTheSignature(t *testing.T) {
	by := signer(t)
	_, entries := packed(t, by)
	dir := t.TempDir()
	certificate := write(t, dir, "certificate.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: by.Certificate.Raw}))
	signature := write(t, dir, "signature.p7s", entries["META-INF/signature.p7s"])
	list := entries["META-INF/ASiCManifest.xml"]
	verify := func(list []byte) error {
		out, err := exec.CommandContext(t.Context(), "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature,
			"-content", write(t, dir, "ASiCManifest.xml", list), "-CAfile", certificate, "-purpose", "any", "-attime", "1772533815",
			"-cades", "-out", os.DevNull).CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	if err := verify(list); err != nil {
		t.Fatal("refused:", err)
	}
	if err := verify(bytes.Replace(list, []byte("request.pdf"), []byte("reguest.pdf"), 1)); err == nil {
		t.Fatal("OpenSSL accepts another list")
	}
	printed, err := exec.CommandContext(t.Context(), "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", signature).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ecdsa-with-SHA256", "signingTime", "Mar  3 10:30:15 2026 GMT", "id-smime-aa-signingCertificateV2", "eContent: <ABSENT>"} {
		if !bytes.Contains(printed, []byte(want)) {
			t.Errorf("OpenSSL does not read %q in\n%s", want, printed)
		}
	}
}

// TestTheListNamesEveryDocument reads the list with a reader of its own.
func TestTheListNamesEveryDocument(t *testing.T) {
	_, entries := packed(t, signer(t))
	var m struct {
		XMLName      xml.Name
		SigReference struct {
			URI string `xml:"URI,attr"`
		}
		DataObjectReference []struct {
			URI, MimeType string `xml:",attr"`
			DigestMethod  struct {
				Algorithm string `xml:",attr"`
			}
			DigestValue string
		}
	}
	if err := xml.Unmarshal(entries["META-INF/ASiCManifest.xml"], &m); err != nil {
		t.Fatal(err)
	}
	if m.XMLName.Space != "http://uri.etsi.org/02918/v1.2.1#" || m.SigReference.URI != "META-INF/signature.p7s" || len(m.DataObjectReference) != len(documents) {
		t.Fatalf("%+v", m)
	}
	for i, r := range m.DataObjectReference {
		name, err := url.PathUnescape(r.URI)
		digest := sha256.Sum256(entries[name])
		if err != nil || name != documents[i].Name || r.MimeType != documents[i].Media || !bytes.Equal(entries[name], documents[i].Data) ||
			r.DigestMethod.Algorithm != "http://www.w3.org/2001/04/xmlenc#sha256" || r.DigestValue != base64.StdEncoding.EncodeToString(digest[:]) {
			t.Errorf("document %d: %+v %v", i, r, err)
		}
	}
}

// TestAContainerSaysWhatItIs looks at the bytes at which programs look for the type: the name at 30, the type at 38 (EN 319 162-1, annex A.1).
func TestAContainerSaysWhatItIs(t *testing.T) {
	whole, _ := packed(t, signer(t))
	if string(whole[:4]) != "PK\x03\x04" || string(whole[30:38]) != "mimetype" || string(whole[38:38+len(asic.Media)]) != asic.Media {
		t.Errorf("it begins with %q", whole[:90])
	}
	out, err := exec.CommandContext(t.Context(), "unzip", "-tq", write(t, t.TempDir(), "a.asice", whole)).CombinedOutput()
	if err != nil {
		t.Errorf("unzip: %v\n%s", err, out)
	}
}

// TestAnAuthorityVouches takes a certificate from an authority that OpenSSL plays.
func TestAnAuthorityVouches(t *testing.T) {
	by := signer(t)
	request, err := asic.Request(rand.Reader, by.Key, asic.Office{Country: "RS", Name: "Demo", Desk: "RS/prosecutor"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "openssl", "req", "-inform", "DER", "-verify", "-noout", "-subject", "-in", write(t, t.TempDir(), "r.der", request)).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("RS/prosecutor")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWhatCannotBePacked(t *testing.T) {
	good := signer(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaCertificate := *good.Certificate
	rsaCertificate.PublicKey = long.Public()
	named := func(names ...string) (d []asic.Document) {
		for _, n := range names {
			d = append(d, asic.Document{Name: n, Media: "text/plain"})
		}
		return d
	}
	for name, c := range map[string]struct {
		documents []asic.Document
		by        asic.Signer
		at        time.Time
		key       string
	}{
		"nothing":            {nil, good, at, "asic.empty"},
		"twice":              {named("a", "a"), good, at, "asic.name"},
		"a directory":        {named("../a"), good, at, "asic.name"},
		"the signature":      {named("META-INF"), good, at, "asic.name"},
		"the type":           {named("mimetype"), good, at, "asic.name"},
		"a line":             {named("a\nb"), good, at, "asic.name"},
		"no name":            {named(""), good, at, "asic.name"},
		"no kind":            {[]asic.Document{{Name: "a"}}, good, at, "asic.name"},
		"another's key":      {documents, asic.Signer{Certificate: good.Certificate, Key: other, Random: rand.Reader}, at, "asic.signer"},
		"RSA":                {documents, asic.Signer{Certificate: &rsaCertificate, Key: long, Random: rand.Reader}, at, "asic.signer"},
		"nobody":             {documents, asic.Signer{}, at, "asic.signer"},
		"before it is valid": {documents, good, at.AddDate(-1, 0, 0), "asic.expired"},
		"after it was valid": {documents, good, at.AddDate(3, 0, 0), "asic.expired"},
	} {
		var b bytes.Buffer
		err := asic.Pack(&b, c.documents, c.by, c.at)
		if !fault.Is(err, fault.Invalid) || keyOf(err) != c.key || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	if _, err := asic.ParseKey([]byte("no key")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func keyOf(err error) string {
	_, key, _ := fault.Public(err)
	return key
}
