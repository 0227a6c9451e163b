package peer_test

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/webhook"
)

// TestALibraryOfOthersTakesAWebhook: the library that receivers use takes what a real line brought, with the secret of now and with the one before, and
// refuses it with another secret, another body or another time.
func TestALibraryOfOthersTakesAWebhook(t *testing.T) {
	dir := os.Getenv("OPENTRM_INTEROP")
	if dir == "" {
		t.Skip("OPENTRM_INTEROP is not set: not tried with a library of Standard Webhooks")
	}
	program, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: not tried with a library of Standard Webhooks")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "standardwebhooks")); err != nil {
		t.Skip("OPENTRM_INTEROP has no installed modules (npm ci): not tried with a library of Standard Webhooks")
	}
	cmd := exec.Command(program, filepath.Join(dir, "webhook.js"))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, complaint.String())
		}
	})
	lines := bufio.NewReader(out)
	takes := func(h heard, secret []byte) string {
		t.Helper()
		err := json.NewEncoder(in).Encode(map[string]any{
			"secret": "whsec_" + base64.StdEncoding.EncodeToString(secret), "body": h.body,
			"headers": map[string]string{"webhook-id": h.id, "webhook-timestamp": h.stamp, "webhook-signature": h.signature},
		})
		if err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("%v: %s", err, complaint.String())
		}
		var said struct{ Type, Error string }
		if err := json.Unmarshal(line, &said); err != nil || (said.Type == "") == (said.Error == "") {
			t.Fatalf("%s: %v", line, err)
		}
		return said.Type
	}
	r := listens(t)
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	now, former := seal.Draw(nil, 32), seal.Draw(nil, 32)
	send := func(at time.Time) heard {
		t.Helper()
		body, err := webhook.Item{Type: "case.opened", Object: "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", Epoch: 1, Sequence: 1, At: frame.At(at)}.Body()
		if err != nil {
			t.Fatal(err)
		}
		a, err := (&peer.Webhook{Roots: roots, Loopback: true}).Send(t.Context(), webhook.Message{
			URL: r.URL, ID: "0123456789abcdefghjkmnpqr0", At: at, Body: body, Secrets: [][]byte{now, former}, Seed: seal.Draw(nil, 32),
		})
		if err != nil || a.Status != 200 {
			t.Fatal(a, err)
		}
		return r.took()[0]
	}
	good := send(time.Now())
	other := good
	other.body = strings.Replace(good.body, "opened", "closed", 1)
	for what, c := range map[string]struct {
		h      heard
		secret []byte
		want   string
	}{
		"the secret of now":    {good, now, "case.opened"},
		"the one before":       {good, former, "case.opened"},
		"another secret":       {good, seal.Draw(nil, 32), ""},
		"another body":         {other, now, ""},
		"of an hour before":    {send(time.Now().Add(-time.Hour)), now, ""},
		"of an hour after now": {send(time.Now().Add(time.Hour)), now, ""},
	} {
		if got := takes(c.h, c.secret); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}
