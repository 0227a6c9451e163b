package issuer_test

import (
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/issuer"
)

// TestABrowserSignsOutThere: at the address that the issuer publishes and at its own hosts only; it names the node and nobody. Whoever
// publishes none, or one elsewhere, is signed in with all the same.
func TestABrowserSignsOutThere(t *testing.T) {
	const home = "https://mk.example/signin"
	x := meet(t, nil)
	at, err := x.all.Leave(t.Context(), "state", home)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); u.Scheme+"://"+u.Host != x.p.URL || len(q) != 2 || q.Get("client_id") != x.p.Client || q.Get("post_logout_redirect_uri") != home {
		t.Errorf("led to %s", at)
	}
	_, err = x.all.Leave(t.Context(), "elsewhere", home)
	refuses(t, "an issuer that nobody has named", err, "fault.not-found")
	for what, end := range map[string]any{"none": nil, "of another host": "https://evil.example/out", "a script": "javascript:alert(1)", "no address": "://"} {
		x := meet(t, func(*issuer.Config) {})
		x.published(func(said map[string]any) {
			delete(said, "end_session_endpoint")
			if end != nil {
				said["end_session_endpoint"] = end
			}
		})
		_, err := x.all.Leave(t.Context(), "state", home)
		refuses(t, "an address to sign out, "+what, err, "signin.issuer.down")
		if _, err := x.said(); err != nil {
			t.Errorf("%s: nobody comes in: %v", what, err)
		}
	}
}
