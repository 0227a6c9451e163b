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
// is a header, of text, and the field Body is the JSON in the body, of the kind that its tag "media" names.
type answer struct {
	status  int
	headers []header
	body    []int  // index of the field Body; nil: there is none
	media   string // of the body
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

// answer describes the answers of a route after their type. A header that is no text is a mistake of the programmer and panics.
func (r *Router) answer(line Route, op *huma.Operation, t reflect.Type) *answer {
	a := &answer{status: http.StatusNoContent}
	said := &huma.Response{Headers: map[string]*huma.Param{}}
	for _, f := range reflect.VisibleFields(t) {
		switch name := f.Tag.Get("header"); {
		case name != "" && f.Type.Kind() != reflect.String:
			panic("call: " + line.ID + ": " + f.Name + " cannot be a header")
		case name != "":
			a.headers = append(a.headers, header{f.Index, name})
			said.Headers[name] = &huma.Header{Schema: huma.SchemaFromField(r.api.Components.Schemas, f, "")}
		case f.Name == "Body":
			a.body, a.status = f.Index, http.StatusOK
			if t != reflect.TypeFor[Streamed]() {
				schema := huma.SchemaFromField(r.api.Components.Schemas, f, t.Name()+"Body")
				if a.media = f.Tag.Get("media"); a.media == "" {
					a.media = "application/json"
				}
				said.Content = map[string]*huma.MediaType{a.media: {Schema: schema}}
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
	var body []byte
	if a.body != nil {
		var err error
		if body, err = encoded(out.FieldByIndex(a.body).Interface()); err != nil {
			return err
		}
		w.Header().Set("Content-Type", a.media)
	}
	for _, h := range a.headers {
		if text := out.FieldByIndex(h.field).String(); text != "" {
			w.Header().Set(h.name, text)
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // nobody is left to be told
	return nil
}

// encoded returns a body as JSON, without escapes for HTML. It fails with [fault.Internal] if it cannot be JSON.
func encoded(body any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return nil, fault.Wrap(fault.Internal, "fault.internal", err)
	}
	return b.Bytes(), nil
}
