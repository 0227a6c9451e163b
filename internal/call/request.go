package call

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/queryparam"

	"github.com/opentrm/opentrm/internal/fault"
)

// request is how the requests of a route are read. It comes from the type that its handler takes: a field with a tag "path",
// "query" or "header" is a parameter, of text, a number or a truth value, and the field Body is the JSON in the body. Tags of
// the library ("maxLength", "enum", "doc", …) say what may stand there; "default" counts for parameters only.
type request struct {
	params   []param
	body     []int         // index of the field Body; nil: there is none
	schema   *huma.Schema  // of the body
	limit    int64         // of the body in bytes
	patience time.Duration // for the body to come
	schemas  huma.Registry // what schemas refer to
}

// param is one parameter.
type param struct {
	field    []int
	in, name string // "query", "limit"
	left     string // what it is where it is left out
	required bool
	schema   *huma.Schema
}

// patience is how long a body may take to come, unless the site says otherwise.
const patience = 20 * time.Second

// seer is a request that looks at what it came in before the handler has it.
type seer interface {
	See(w http.ResponseWriter, r *http.Request)
}

// request describes the requests of a route after their type. A field that cannot be read is a mistake of the programmer and
// panics.
func (r *Router) request(line Route, op *huma.Operation, t reflect.Type) *request {
	q := &request{limit: line.Body, patience: cmp.Or(r.site.Patience, patience), schemas: r.api.Components.Schemas}
	if q.limit == 0 {
		q.limit = MaxBody
	}
	for _, f := range reflect.VisibleFields(t) {
		p := param{field: f.Index, left: f.Tag.Get("default")}
		for _, p.in = range []string{"path", "query", "header"} {
			if p.name = f.Tag.Get(p.in); p.name != "" {
				break
			}
		}
		switch {
		case p.name != "":
			switch f.Type.Kind() {
			case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
			default:
				panic("call: " + line.ID + ": " + f.Name + " cannot be a parameter")
			}
			p.schema, p.required = huma.SchemaFromField(q.schemas, f, ""), p.in == "path"
			q.params = append(q.params, p)
			if f.Tag.Get("hidden") == "" {
				op.Parameters = append(op.Parameters, p.described())
			}
		case f.Name == "Body":
			q.body, q.schema = f.Index, huma.SchemaFromField(q.schemas, f, t.Name()+"Body")
			q.schema.PrecomputeMessages()
			op.RequestBody = bodyOf("application/json", q.schema)
		}
	}
	if _, streams := reflect.New(t).Interface().(streamer); streams {
		op.RequestBody = bodyOf("application/octet-stream", &huma.Schema{Type: huma.TypeString, Format: "binary"})
	}
	return q
}

func bodyOf(media string, schema *huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{media: {Schema: schema}}}
}

func (p param) described() *huma.Param {
	d := &huma.Param{Name: p.name, In: p.in, Description: p.schema.Description, Required: p.required, Schema: p.schema}
	if p.in == "query" {
		d.Explode = new(bool) // one value; false is not what OpenAPI takes for granted
	}
	return d
}

// read fills in a request. The problem names the places that are not as described, never what stands there.
func (q *request) read(w http.ResponseWriter, r *http.Request, into reflect.Value) *Problem {
	var wrong huma.ValidateResult
	for name := range r.URL.Query() {
		if !q.knows(name) {
			wrong.Add(place("query", name), nil, "unknown")
		}
	}
	if len(wrong.Errors) > 0 {
		return malformed(http.StatusUnprocessableEntity, wrong.Errors)
	}
	for _, p := range q.params {
		p.read(r, q.schemas, into.Elem().FieldByIndex(p.field), &wrong)
	}
	status := http.StatusUnprocessableEntity
	if q.body != nil {
		whole, s := q.whole(w, r)
		if s != 0 {
			return malformed(s, wrong.Errors)
		}
		if s := q.understand(r, whole, into.Elem().FieldByIndex(q.body), &wrong); s != 0 {
			status = s
		}
	}
	if s, ok := into.Interface().(interface{ from(address string) }); ok {
		s.from(addressOf(r))
	}
	if s, ok := into.Interface().(seer); ok {
		s.See(w, r)
	}
	if len(wrong.Errors) > 0 {
		return malformed(status, wrong.Errors)
	}
	return nil
}

func (q *request) knows(query string) bool {
	for _, p := range q.params {
		if p.in == "query" && p.name == query {
			return true
		}
	}
	return false
}

func place(parts ...string) *huma.PathBuffer {
	at := huma.NewPathBuffer(nil, 0)
	for _, p := range parts {
		at.Push(p)
	}
	return at
}

// read reads one parameter into its field.
func (p param) read(r *http.Request, schemas huma.Registry, into reflect.Value, wrong *huma.ValidateResult) {
	at, text := place(p.in, p.name), ""
	switch p.in {
	case "path":
		text = r.PathValue(p.name)
	case "query":
		text = queryparam.Get(r.URL.RawQuery, p.name)
	case "header":
		text = r.Header.Get(p.name)
	}
	if text == "" {
		text = p.left
	}
	if text == "" {
		if p.required {
			wrong.Add(at, nil, "missing")
		}
		return
	}
	var v any = text
	var err error
	switch into.Kind() {
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		into.SetBool(b)
		v = b
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		into.SetInt(n)
		v = n
	default:
		into.SetString(text)
	}
	if err != nil {
		wrong.Add(at, nil, "unreadable")
		return
	}
	huma.Validate(schemas, p.schema, at, huma.ModeWriteToServer, v, wrong)
}

// whole reads a body, or says by which status it is refused.
func (q *request) whole(w http.ResponseWriter, r *http.Request) (body []byte, refused int) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(q.patience)) // without it the server's own deadline holds
	body, err := io.ReadAll(io.LimitReader(r.Body, q.limit))
	var late net.Error
	switch {
	case int64(len(body)) == q.limit:
		return nil, http.StatusRequestEntityTooLarge
	case errors.As(err, &late) && late.Timeout():
		return nil, http.StatusRequestTimeout
	case errors.Is(err, io.ErrUnexpectedEOF): // broken off
		return nil, http.StatusBadRequest
	case err != nil:
		return nil, http.StatusInternalServerError
	case len(body) == 0:
		return nil, http.StatusBadRequest
	}
	_ = c.SetReadDeadline(time.Time{})
	return body, 0
}

// understand reads the JSON of a body into its field, once it is as described.
func (q *request) understand(r *http.Request, body []byte, into reflect.Value, wrong *huma.ValidateResult) (refused int) {
	at := place("body")
	if t := r.Header.Get("Content-Type"); t != "" {
		if kind, _, _ := mime.ParseMediaType(t); kind != "application/json" {
			wrong.Add(at, nil, "unknown")
			return http.StatusUnsupportedMediaType
		}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		wrong.Add(at, nil, "unreadable")
		return http.StatusBadRequest
	}
	before := len(wrong.Errors)
	huma.Validate(q.schemas, q.schema, at, huma.ModeWriteToServer, v, wrong)
	if len(wrong.Errors) > before {
		return 0
	}
	if err := json.Unmarshal(body, into.Addr().Interface()); err != nil {
		wrong.Add(at, nil, "unreadable")
	}
	return 0
}

// malformed turns what is wrong with a request into a problem. Values are not repeated: they may be somebody's.
func malformed(status int, wrong []error) *Problem {
	kind, key := fault.Invalid, "api.form"
	switch status {
	case http.StatusRequestEntityTooLarge:
		kind, key = fault.TooLarge, "api.too-large"
	case http.StatusRequestTimeout:
		kind, key = fault.Unavailable, "api.slow"
	case http.StatusUnsupportedMediaType:
		key = "api.media"
	case http.StatusInternalServerError:
		kind, key = fault.Internal, "fault.internal"
	}
	p := with(status, fault.New(kind, key))
	for _, err := range wrong {
		var d *huma.ErrorDetail
		if errors.As(err, &d) && d.Location != "" {
			p.Fields = append(p.Fields, d.Location)
		}
	}
	return p
}
