package asset_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/web/asset"
)

func load(t *testing.T) *asset.Set {
	t.Helper()
	s, err := asset.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func manifest(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("dist/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var names map[string]string
	if err := json.Unmarshal(b, &names); err != nil {
		t.Fatal(err)
	}
	return names
}

func get(s *asset.Set, method, path, encoding string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func TestNamesHoldTheHashOfTheContent(t *testing.T) {
	for plain, hashed := range manifest(t) {
		b, err := os.ReadFile("dist/" + hashed)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if !strings.Contains(hashed, "-"+hex.EncodeToString(sum[:])[:16]+".") {
			t.Errorf("%s: the name %s does not fit its content: run scripts/assets", plain, hashed)
		}
	}
}

func TestServe(t *testing.T) {
	s := load(t)
	css := s.URL("app.css")
	for _, tt := range []struct {
		name, method, path, encoding string
		status                       int
		kind, contentEncoding, cache string
	}{
		{"style sheet, compressed", "GET", css, "gzip, br", 200, "text/css; charset=utf-8", "gzip", "immutable"},
		{"style sheet, plain", "GET", css, "", 200, "text/css; charset=utf-8", "", "immutable"},
		{"gzip refused", "GET", css, "gzip;q=0, *", 200, "text/css; charset=utf-8", "", "immutable"},
		{"anything", "GET", css, "*", 200, "text/css; charset=utf-8", "gzip", "immutable"},
		{"nonsense", "GET", css, "gzip;q=x", 200, "text/css; charset=utf-8", "", "immutable"},
		{"script", "GET", s.URL("app.js"), "gzip", 200, "text/javascript; charset=utf-8", "gzip", "immutable"},
		{"font", "GET", s.URL("noto-cyrillic-400.woff2"), "gzip", 200, "font/woff2", "", "immutable"},
		{"logo", "HEAD", s.URL("logo.svg"), "", 200, "image/svg+xml", "", "immutable"},
		{"name without hash", "GET", "/asset/app.css", "", 404, "", "", "no-store"},
		{"manifest", "GET", "/asset/manifest.json", "", 404, "", "", "no-store"},
		{"climbing", "GET", "/asset/../asset.go", "", 404, "", "", "no-store"},
		{"folder", "GET", "/asset/", "", 404, "", "", "no-store"},
		{"writing", "POST", css, "", 405, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := get(s, tt.method, tt.path, tt.encoding)
			if r.StatusCode != tt.status || r.Header.Get("Content-Type") != tt.kind || r.Header.Get("Content-Encoding") != tt.contentEncoding ||
				!strings.Contains(r.Header.Get("Cache-Control"), tt.cache) || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %d %v", r.StatusCode, r.Header)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if (len(body) > 0) != (tt.status == 200 && tt.method == "GET") {
				t.Errorf("%d bytes of body", len(body))
			}
		})
	}
}

func TestCompressedIsTheSame(t *testing.T) {
	s := load(t)
	for plain := range manifest(t) {
		whole, err := io.ReadAll(get(s, "GET", s.URL(plain), "").Body)
		if err != nil {
			t.Fatal(err)
		}
		r := get(s, "GET", s.URL(plain), "gzip")
		if r.Header.Get("Content-Encoding") == "" {
			continue
		}
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		unzipped, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(whole, unzipped) {
			t.Errorf("%s: the compressed form differs: %v", plain, err)
		}
	}
}

// The style sheet reaches for nothing outside the node, and bears nothing of GOV.UK's identity.
func TestStyleSheetIsOurOwn(t *testing.T) {
	css, err := io.ReadAll(get(load(t), "GET", load(t).URL("app.css"), "").Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"GDS Transport", "crown", "@import", "expression("} {
		if bytes.Contains(bytes.ToLower(css), bytes.ToLower([]byte(bad))) {
			t.Errorf("the style sheet has %q", bad)
		}
	}
	names := map[string]bool{}
	for _, hashed := range manifest(t) {
		names[hashed] = true
	}
	urls := regexp.MustCompile(`url\("?([^")]+)"?\)`).FindAllSubmatch(css, -1)
	if len(urls) < 8 {
		t.Errorf("only %d fonts in the style sheet", len(urls))
	}
	// A font that comes late moves nothing from under a finger: it is used from the next page on.
	if n := bytes.Count(css, []byte("font-display:optional")); n != bytes.Count(css, []byte("@font-face")) {
		t.Errorf("%d fonts wait for nobody, not all", n)
	}
	for _, u := range urls {
		if !names[string(u[1])] {
			t.Errorf("the style sheet asks for %s, which is not served", u[1])
		}
	}
}

// What a first visit loads beside the page itself: see the budget of the whole page in package web.
func TestWeight(t *testing.T) {
	s := load(t)
	total := int64(0)
	for _, name := range []string{"app.css", "app.js", "logo.svg", "noto-latin-400.woff2", "noto-latin-700.woff2", "noto-cyrillic-400.woff2", "noto-cyrillic-700.woff2"} {
		total += get(s, "GET", s.URL(name), "gzip").ContentLength
	}
	if most := int64(55 << 10); total > most {
		t.Errorf("the assets of a Macedonian page weigh %d bytes", total)
	}
	t.Logf("%d bytes", total)
}

// TestTheStyleSheetIsOfOurPages: every class of the style sheet is named in what makes pages, or put together there. What the library has beside
// them was 4.8 of 60 kB on the way to a shelter with a bad line.
func TestTheStyleSheetIsOfOurPages(t *testing.T) {
	class := regexp.MustCompile(`(?:govuk|trm)-[\w-]+`)
	named := map[string]bool{}
	for _, dir := range []string{"../..", "../../../scripts/assets/src"} {
		err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() && (e.Name() == "dist" || e.Name() == "node_modules") {
				return cmp.Or(err, fs.SkipDir)
			}
			if x := filepath.Ext(p); x != ".templ" && x != ".go" && x != ".js" || strings.HasSuffix(p, "_test.go") || strings.HasSuffix(p, "_templ.go") {
				return nil
			}
			b, err := os.ReadFile(p)
			for _, name := range class.FindAllString(string(b), -1) {
				named[name] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	css, err := os.ReadFile("dist/" + manifest(t)["app.css"])
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`:not\((?:[^()]|\([^()]*\))*\)`).ReplaceAllString(string(css), "") // what has no class of that name
	all := regexp.MustCompile(`\.(?:govuk|trm)-[\w-]+`).FindAllString(said, -1)
	if len(all) < 300 || len(named) < 150 {
		t.Fatalf("%d in the sheet, %d in pages", len(all), len(named))
	}
	for _, c := range all {
		c = c[1:]
		of, _, _ := strings.Cut(c, "--")
		if !named[c] && !named[of+"--"] && !named[of+"--width-"] && !(strings.HasSuffix(c, "--error") && named[of]) {
			t.Errorf("%s is on no page: run scripts/assets", c)
		}
	}
}
