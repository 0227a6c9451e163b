package call

import (
	"context"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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
	mux    *http.ServeMux
	api    *huma.OpenAPI
	routes map[string]Route // not yet registered
}

// build puts every route on the mux and returns their description. A route of the map without a handler, or the reverse, is a
// mistake of the programmer and panics, which the first test of package api shows.
func (s *Site) build(mux *http.ServeMux, routes []Route, areas []func(*Router)) *huma.OpenAPI {
	r := &Router{site: s, mux: mux, routes: map[string]Route{}, api: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "OpenTRM", Version: "1",
			Description: "The interface of one node. Times are microseconds since 1970 UTC; sealed bytes are base64.",
		},
		Servers: []*huma.Server{{URL: Prefix}},
		Components: &huma.Components{
			Schemas:         huma.NewMapRegistry("#/components/schemas/", nameOf),
			SecuritySchemes: map[string]*huma.SecurityScheme{"session": {Type: "http", Scheme: "bearer"}},
		},
	}}
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
	return r.api
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

// operation describes a route, all but its request and its answer.
func (r *Router) operation(line Route) *huma.Operation {
	op := &huma.Operation{
		OperationID: line.ID, Method: line.Method, Path: line.Path, Summary: line.Summary,
		Tags: []string{line.ID[:strings.Index(line.ID+".", ".")]},
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
	problem := r.api.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	op.Responses = map[string]*huma.Response{"default": {
		Description: "A problem", Content: map[string]*huma.MediaType{media: {Schema: problem}},
	}}
	return op
}

// Open registers a route for callers who need not be signed in. It panics if the map has no such route, or one that names an
// action.
//
// Its types are pointers, as are those of [Add]: code of pointers is made once, whatever they point to.
func Open[I, O any](r *Router, name string, fn func(context.Context, I) (O, error)) {
	line := r.take(name)
	if line.Public == "" {
		panic("call: " + name + " needs somebody signed in")
	}
	r.register(line, reflect.TypeFor[I]().Elem(), reflect.TypeFor[O]().Elem(), func(ctx context.Context, in any) (any, error) {
		return fn(ctx, in.(I))
	})
}

// Add registers a route for callers who are signed in. It panics if the map has no such route, or one that names no action.
func Add[I Signed, O any](r *Router, name string, fn func(ctx context.Context, by keyring.Bearer, in I) (O, error)) {
	r.add(name, handlerOf(fn))
}

// handler is what a route does for who is signed in, whatever the types of its request and answer. The program has many routes:
// what is made anew for each type is [Add] and handlerOf, and everything else is made once.
type handler struct {
	in, out reflect.Type
	do      func(ctx context.Context, by keyring.Bearer, in any) (any, error)
}

func handlerOf[I Signed, O any](fn func(context.Context, keyring.Bearer, I) (O, error)) handler {
	return handler{reflect.TypeFor[I]().Elem(), reflect.TypeFor[O]().Elem(), func(ctx context.Context, by keyring.Bearer, in any) (any, error) {
		return fn(ctx, by, in.(I))
	}}
}

func (r *Router) add(name string, h handler) {
	line := r.take(name)
	if line.Action == "" {
		panic("call: " + name + " names no action")
	}
	r.register(line, h.in, h.out, func(ctx context.Context, in any) (any, error) {
		return r.site.respond(ctx, line, in.(Signed), h)
	})
}

// register puts a route on the mux and describes it.
func (r *Router) register(line Route, in, out reflect.Type, do func(ctx context.Context, in any) (any, error)) {
	op := r.operation(line)
	request, answer := r.request(line, op, in), r.answer(line, op, out)
	r.api.AddOperation(op)
	r.mux.HandleFunc(line.Method+" "+Prefix+line.Path, func(w http.ResponseWriter, q *http.Request) {
		into := reflect.New(in)
		if p := request.read(w, q, into); p != nil {
			r.site.refuse(w, q, p)
			return
		}
		out, err := do(q.Context(), into.Interface())
		if err == nil {
			err = answer.write(w, reflect.ValueOf(out).Elem())
		}
		if err != nil {
			r.site.refuse(w, q, r.site.judged(q.Context(), line, err))
		}
	})
}
