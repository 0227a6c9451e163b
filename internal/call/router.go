package call

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Route is one line of the map: what is asked where, and which action it is.
type Route struct {
	ID      string // operation: "referral.accept"
	Method  string
	Path    string        // below [Prefix]
	Action  access.Action // empty if anybody may ask
	Summary string
	Public  string // why anybody may ask
	Made    bool   // answers 201
	Secret  bool   // its answer holds content or a secret and is not kept for an idempotency key
	Repeat  string // why a writing route takes neither a version nor an idempotency key: what a repetition does
	Leaves  string // what a repetition leaves all the same: "log entry", "log entry, sign-in"
	Body    int64  // limit of the body in bytes; 0: [MaxBody]
}

// Prefix is where the interface begins.
const Prefix = "/api/v1"

// MaxBody is the size in bytes up to which the body of a request is read, where its route does not say otherwise.
const MaxBody = 256 << 10

// Methods of routes.
const (
	Get    = http.MethodGet
	Post   = http.MethodPost
	Put    = http.MethodPut
	Delete = http.MethodDelete
)

// Router registers handlers under the routes of the map.
type Router struct {
	site   *Site
	huma   huma.API
	routes map[string]Route // not yet registered
}

// build puts every route on the mux. A route of the map without a handler, or the reverse, is a mistake of the
// programmer and panics, which the first test of package api shows.
func (s *Site) build(mux *http.ServeMux, routes []Route, areas []func(*Router)) huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", nameOf)
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "OpenTRM", Version: "1",
				Description: "The interface of one node. Times are microseconds since 1970 UTC; sealed bytes are base64.",
			},
			Servers: []*huma.Server{{URL: Prefix}},
			Components: &huma.Components{
				Schemas:         registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{"session": {Type: "http", Scheme: "bearer"}},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": strict(), "json": strict()},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{s.transform},
	}
	r := &Router{site: s, huma: humago.NewWithPrefix(mux, Prefix, config), routes: map[string]Route{}}
	for _, line := range routes {
		if _, twice := r.routes[line.ID]; twice {
			panic("call: " + line.ID + " stands twice in the map")
		}
		r.routes[line.ID] = line
	}
	for _, area := range areas {
		area(r)
	}
	for name := range r.routes {
		panic("call: nobody answers " + name)
	}
	return r.huma
}

// strict is JSON without escapes for HTML on the way out. What comes in was checked against its description, which
// allows no unknown field.
func strict() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			return enc.Encode(v)
		},
		Unmarshal: json.Unmarshal,
	}
}

// nameOf names a schema after its type, and after its package too where that says more: the interface is one, whatever area
// a type of it stands in.
func nameOf(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" || strings.Contains(t.Name(), "[") {
		return huma.DefaultSchemaNamer(t, hint)
	}
	name := strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
	pkg := path.Base(t.PkgPath())
	if pkg == "call" || strings.HasPrefix(pkg, "api") || strings.EqualFold(pkg, name) {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// take returns the route with that identifier, once.
func (r *Router) take(name string) Route {
	line, ok := r.routes[name]
	if !ok {
		panic("call: " + name + " is not in the map, or was registered before")
	}
	delete(r.routes, name)
	return line
}

func (r *Router) operation(line Route) huma.Operation {
	op := huma.Operation{
		OperationID: line.ID, Method: line.Method, Path: line.Path, Summary: line.Summary,
		Tags: []string{line.ID[:strings.Index(line.ID+".", ".")]}, MaxBodyBytes: line.Body, BodyReadTimeout: 20 * time.Second,
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = MaxBody
	}
	if line.Made {
		op.DefaultStatus = http.StatusCreated
	}
	if line.Action != "" {
		op.Security = []map[string][]string{{"session": {}}}
		op.Extensions = map[string]any{"x-action": string(line.Action)}
	} else {
		op.Extensions = map[string]any{"x-public": line.Public}
	}
	if line.Repeat != "" {
		op.Extensions["x-repeat"] = line.Repeat
	}
	if line.Leaves != "" {
		op.Extensions["x-repeat-leaves"] = line.Leaves
	}
	problem := r.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	op.Responses = map[string]*huma.Response{"default": {
		Description: "A problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}},
	}}
	return op
}

// Open registers a route for callers who need not be signed in. It panics if the map has no such route, or one that names an
// action.
func Open[I, O any](r *Router, name string, fn func(context.Context, *I) (*O, error)) {
	line := r.take(name)
	if line.Public == "" {
		panic("call: " + name + " needs somebody signed in")
	}
	huma.Register(r.huma, r.operation(line), func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		return out, r.site.judged(ctx, line, err)
	})
}

// Add registers a route for callers who are signed in. It panics if the map has no such route, or one that names no action.
func Add[I Signed, O any](r *Router, name string, fn func(ctx context.Context, by keyring.Bearer, in *I) (*O, error)) {
	line := r.take(name)
	if line.Action == "" {
		panic("call: " + name + " names no action")
	}
	op := r.operation(line)
	if _, streams := any(new(I)).(huma.Resolver); streams {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	huma.Register(r.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := Respond(ctx, r.site, line, in, fn)
		return out, r.site.judged(ctx, line, err)
	})
}
