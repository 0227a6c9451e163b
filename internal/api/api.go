package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/task"
)

// API is the interface over the services of one node. Every field is needed, save where its comment says otherwise.
type API struct {
	Signin   *signin.Service
	Desks    *desk.Service
	Keyring  *keyring.Service
	NodeKeys *keyring.NodeService
	Members  *member.Service
	Exchange *exchange.Service
	Notices  *notify.Service
	Profile  *profile.Service
	Audit    *audit.Service
	Cases    *casefile.Service
	Persons  *person.Service
	Consents *consent.Service
	Tasks    *task.Service
	Messages *message.Service

	Searches     *search.Service
	Screenings   *screening.Service
	Forms        *form.Service
	Directory    *directory.Service
	Publications *publication.Service
	Referrals    *referral.Service
	Facts        *stats.Service

	Sheet   func(context.Context) (member.Sheet, error) // drafts the desk sheet as the desks stand now
	Answers Answers                                     // remembers answers to requests with an idempotency key
	Address string                                      // at which people reach the node, "https://…"; may be empty
	Texts   *lang.Catalogue
	Log     *slog.Logger
	Now     func() time.Time
	IDs     id.Maker

	stretching sync.Mutex
}

// Handler returns the interface as a handler for everything below [Prefix].
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	a.build(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, fault.New(fault.NotFound, "fault.not-found"))
	})
	return a.door(mux)
}

// Description returns the OpenAPI 3.1 description of the interface as YAML.
func Description(texts *lang.Catalogue) ([]byte, error) {
	a := &API{Texts: texts}
	return a.build(http.NewServeMux()).OpenAPI().YAML()
}

// router registers handlers under the routes of the map.
type router struct {
	api    *API
	huma   huma.API
	routes map[string]Route // not yet registered
}

// build puts every route on the mux. A route of the map without a handler, or the reverse, is a mistake of the
// programmer and panics, which the first test of the package shows.
func (a *API) build(mux *http.ServeMux) huma.API {
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
		Transformers:                 []huma.Transformer{a.transform},
	}
	r := &router{api: a, huma: humago.NewWithPrefix(mux, Prefix, config), routes: map[string]Route{}}
	for _, line := range Routes() {
		if _, twice := r.routes[line.ID]; twice {
			panic("api: " + line.ID + " stands twice in the map")
		}
		r.routes[line.ID] = line
	}
	a.staff(r)
	a.network(r)
	a.work(r)
	a.handover(r)
	a.directory(r)
	a.search(r)
	for name := range r.routes {
		panic("api: nobody answers " + name)
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

// nameOf names a schema after its type, and after its package too where that says more.
func nameOf(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" || strings.Contains(t.Name(), "[") {
		return huma.DefaultSchemaNamer(t, hint)
	}
	name := strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
	pkg := path.Base(t.PkgPath())
	if pkg == "api" || strings.EqualFold(pkg, name) {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// take returns the route with that identifier, once.
func (r *router) take(name string) Route {
	line, ok := r.routes[name]
	if !ok {
		panic("api: " + name + " is not in the map, or was registered before")
	}
	delete(r.routes, name)
	return line
}

func (r *router) operation(line Route) huma.Operation {
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

// Session is the part of a request that says who asks.
type Session struct {
	Authorization string `header:"Authorization" hidden:"true" json:"-"`
}

func (s Session) secret() (string, error) {
	secret, ok := strings.CutPrefix(s.Authorization, "Bearer ")
	if !ok || secret == "" {
		return "", fault.New(fault.Locked, "api.session")
	}
	return secret, nil
}

type signed interface{ secret() (string, error) }

// open registers a route for callers who need not be signed in.
func open[I, O any](r *router, name string, fn func(context.Context, *I) (*O, error)) {
	line := r.take(name)
	if line.Public == "" {
		panic("api: " + name + " needs somebody signed in")
	}
	huma.Register(r.huma, r.operation(line), func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		return out, r.api.judged(ctx, line, err)
	})
}

// add registers a route for callers who are signed in.
func add[I signed, O any](r *router, name string, fn func(ctx context.Context, by keyring.Bearer, in *I) (*O, error)) {
	line := r.take(name)
	if line.Action == "" {
		panic("api: " + name + " names no action")
	}
	op := r.operation(line)
	if _, streams := any(new(I)).(huma.Resolver); streams {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	huma.Register(r.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := Respond(ctx, r.api, line, in, fn)
		return out, r.api.judged(ctx, line, err)
	})
}

// Respond resumes the session, runs the handler of a route, and forgets the keys of who asked when the answer is out.
//
// It fails with [fault.Locked] if nobody is signed in, and as the handler fails.
func Respond[I signed, O any](ctx context.Context, a *API, line Route, in *I, fn func(context.Context, keyring.Bearer, *I) (*O, error)) (*O, error) {
	secret, err := (*in).secret()
	if err != nil {
		return nil, err
	}
	by, _, err := a.Signin.Resume(ctx, secret)
	if err != nil {
		return nil, err
	}
	streams := false
	defer func() {
		if !streams {
			by.Wipe()
		}
	}()
	out, err := answerOnce(ctx, a, line, by, in, fn)
	if s, ok := any(out).(*huma.StreamResponse); ok && err == nil {
		body := s.Body
		streams, s.Body = true, func(hc huma.Context) {
			defer by.Wipe()
			body(hc)
		}
	}
	return out, err
}

// digest names bytes.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// judged turns what a handler failed with into a problem, and logs what is our fault.
func (a *API) judged(ctx context.Context, line Route, err error) error {
	if err == nil {
		return nil
	}
	p := explain(err)
	if p.Status == http.StatusInternalServerError {
		a.Log.ErrorContext(ctx, "api.fault", "request", requestOf(ctx), "operation", line.ID, "key", p.Key, "cause", err.Error())
	}
	if p.Status == http.StatusUnauthorized {
		return huma.ErrorWithHeaders(p.answered(), http.Header{"Www-Authenticate": {"Bearer"}})
	}
	return p.answered()
}
