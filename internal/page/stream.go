package page

import (
	"io"
	"net/http"
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
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
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
