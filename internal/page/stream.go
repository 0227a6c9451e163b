package page

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// counted is an answer that knows whether anything of it has left.
type counted struct {
	http.ResponseWriter
	any bool
}

func (c *counted) Write(b []byte) (int, error) {
	c.any = true
	return c.ResponseWriter.Write(b)
}

// Save answers with a file to be saved under a name, as write writes it. What fails before the first byte is a page; what fails later
// breaks the line, so that no browser takes the part for the whole.
func (v *Visit) Save(kind, name string, write func(io.Writer) error) error {
	w := &counted{ResponseWriter: v.w}
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", disposition(name))
	err := write(w)
	if err != nil && !w.any {
		h.Del("Content-Disposition")
		return err
	}
	v.status = http.StatusOK
	if err != nil {
		v.Failed("web.save", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// disposition says under which name something is saved. A name in other letters than those of a header is said a second time, as RFC 6266 does it.
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%`, r) {
			return '_'
		}
		return r
	}, name)
	said := `attachment; filename="` + plain + `"`
	if plain != name {
		said += "; filename*=UTF-8''" + url.PathEscape(name)
	}
	return said
}
