package call

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opentrm/opentrm/internal/fault"
)

// answer is how the answers of a route are written. It comes from the type that its handler returns: a field with a tag "header"
// is a header, of text, and the field Body is the JSON in the body.
type answer struct {
	status  int
	headers []header
	body    []int // index of the field Body; nil: there is none
}

type header struct {
	field []int
	name  string
}

// Streamed is an answer that is a file and written as it comes.
type Streamed struct {
	Name string // of the file; empty: it has none
	Body func(io.Writer)
}

// write writes the file to be kept, never shown.
func (s Streamed) write(w http.ResponseWriter) {
	kept := "attachment"
	if s.Name != "" {
		kept += "; filename=" + strconv.Quote(s.Name)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", kept)
	s.Body(w)
}

// answer describes the answers of a route after their type.
func (r *Router) answer(line Route, op *huma.Operation, t reflect.Type) *answer {
	a := &answer{status: http.StatusNoContent}
	said := &huma.Response{Headers: map[string]*huma.Param{}}
	for _, f := range reflect.VisibleFields(t) {
		switch name := f.Tag.Get("header"); {
		case name != "":
			a.headers = append(a.headers, header{f.Index, name})
			said.Headers[name] = &huma.Header{Schema: huma.SchemaFromField(r.api.Components.Schemas, f, "")}
		case f.Name == "Body":
			a.body, a.status = f.Index, http.StatusOK
			if t != reflect.TypeFor[Streamed]() {
				schema := huma.SchemaFromField(r.api.Components.Schemas, f, t.Name()+"Body")
				said.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
			}
		}
	}
	if line.Made {
		a.status = http.StatusCreated
	}
	said.Description = http.StatusText(a.status)
	op.Responses[strconv.Itoa(a.status)] = said
	return a
}

// write writes an answer; one that is not there is only that it was done. It fails before the first byte, with
// [fault.Internal], if the answer cannot be written as JSON.
func (a *answer) write(w http.ResponseWriter, out reflect.Value) error {
	if !out.IsValid() {
		w.WriteHeader(a.status)
		return nil
	}
	if s, ok := out.Interface().(Streamed); ok {
		s.write(w)
		return nil
	}
	for _, h := range a.headers {
		if text := out.FieldByIndex(h.field).String(); text != "" {
			w.Header().Set(h.name, text)
		}
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return nil
	}
	return writeJSON(w, "application/json", a.status, out.FieldByIndex(a.body).Interface())
}

// writeJSON writes a body, without escapes for HTML. It fails before the first byte, with [fault.Internal], if it cannot be JSON.
func writeJSON(w http.ResponseWriter, media string, status int, body any) error {
	var whole bytes.Buffer
	enc := json.NewEncoder(&whole)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return fault.Wrap(fault.Internal, "fault.internal", err)
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = whole.WriteTo(w) // nobody is left to be told
	return nil
}
