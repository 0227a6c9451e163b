package page

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// A page that is smaller gains nothing; mostRoom is how many bytes are added at most, so that its length on the line says less.
const (
	leastPacked = 1 << 10
	mostRoom    = 128
)

// packed sends a page, compressed if the browser takes that: a shelter may have a bad line. How far a page shrinks says something of what is
// in it, so each answer has another number of zeros in its head (RFC 1952 2.3.1.1), and nobody else's page can ask for one in the name of
// whoever is signed in: the cookie stays at home (docs/adr/0054-pages-are-compressed.md).
func (v *Visit) packed(content []byte) {
	if len(content) >= leastPacked && asset.AcceptsGzip(v.R.Header.Values("Accept-Encoding")) {
		z, ok := v.door.zips.Get().(*gzip.Writer)
		var b bytes.Buffer
		if !ok {
			z = gzip.NewWriter(&b)
		}
		z.Reset(&b)
		z.Extra = make([]byte, room(id.Random[id.Notice](v.Site.IDs)))
		if _, err := z.Write(content); err == nil && z.Close() == nil {
			v.w.Header().Set("Content-Encoding", "gzip")
			content = b.Bytes()
		}
		z.Reset(io.Discard) // no page is kept with the writer
		v.door.zips.Put(z)
	}
	v.w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	v.w.WriteHeader(v.status)
	_, _ = v.w.Write(content) // the reader went away: nobody is left to tell
}

// room is a number below mostRoom that nobody foresees.
func room(random id.Notice) int {
	n := 0
	for _, c := range []byte(random) {
		n = n*31 + int(c)
		n %= mostRoom
	}
	return n
}
