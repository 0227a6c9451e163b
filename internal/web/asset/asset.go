// Package asset holds the style sheet, the scripts, the font and the logo of the pages, built into the
// program, and serves them.
//
// They are made by scripts/assets from pinned sources and committed, so that building the program needs
// Go alone. Every file has the hash of its content in its name: a browser may keep it for ever, and a new
// version of the program never meets an old style sheet. The folder dist is written by the build only.
package asset

import (
	"embed"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// Prefix is the path below which [Set] serves.
const Prefix = "/asset/"

//go:embed dist
var files embed.FS

// Set is the built assets. It never changes after [Load].
type Set struct {
	names  map[string]string // "app.css" to "app-<hash>.css"
	served map[string]file   // by the name with hash
}

type file struct {
	kind   string // media type
	plain  []byte
	zipped []byte // nil if compression gains nothing
}

// Load reads the assets built into the program.
//
// It fails with [fault.Internal] if the build is incomplete, which a test excludes.
func Load() (*Set, error) {
	s := &Set{served: map[string]file{}}
	b, err := files.ReadFile("dist/manifest.json")
	if err == nil {
		err = json.Unmarshal(b, &s.names)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "asset.build", err)
	}
	for _, name := range s.names {
		plain, err := files.ReadFile("dist/" + name)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "asset.build", err)
		}
		f := file{kind: kind(name), plain: plain}
		if zipped, err := fs.ReadFile(files, "dist/"+name+".gz"); err == nil {
			f.zipped = zipped
		}
		s.served[name] = f
	}
	return s, nil
}

// kind returns the media type of a file by its name; the system's tables have no say.
func kind(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return "application/octet-stream"
}

// URL returns the path of an asset by its plain name ("app.css"), and "" if there is none.
func (s *Set) URL(name string) string {
	if hashed, ok := s.names[name]; ok {
		return Prefix + hashed
	}
	return ""
}

// Content returns the content of an asset by its plain name, and nil if there is none. Nobody may change it.
func (s *Set) Content(name string) []byte { return s.served[s.names[name]].plain }

// ServeHTTP serves GET and HEAD of the paths that [Set.URL] gives, to be kept for a year; everything else
// is not found, and not kept. Assets are public: they tell nothing but the version of the program.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	name, below := strings.CutPrefix(r.URL.Path, Prefix)
	f, ok := s.served[name]
	if !below || !ok {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	body := f.plain
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if AcceptsGzip(r.Header.Values("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = f.zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader went away: nobody is left to tell
	}
}

// AcceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3), and reports whether an answer may be compressed: gzip or * with a weight above 0, where what
// is said of gzip itself goes before what is said of the rest.
func AcceptsGzip(headers []string) bool {
	rest := false
	for _, item := range strings.Split(strings.Join(headers, ","), ",") {
		coding, params, err := mime.ParseMediaType(strings.TrimSpace(item))
		if err != nil && coding == "" {
			continue
		}
		weight := 1.0
		if q, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				weight = 0
			}
		}
		switch coding {
		case "gzip", "x-gzip":
			return weight > 0
		case "*":
			rest = weight > 0
		}
	}
	return rest
}
