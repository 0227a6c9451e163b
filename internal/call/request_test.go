package call_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/lang"
)

// bounded is a request with every kind of parameter.
type bounded struct {
	call.Page
	Place string `path:"place" maxLength:"8"`
	Epoch int64  `query:"epoch" minimum:"1" maximum:"9" default:"3"`
	All   bool   `query:"all"`
	Mark  string `header:"Mark" maxLength:"5"`
	Body  struct {
		Words []string `json:"words" maxItems:"2" nullable:"false"`
	}
}

// FuzzRequest: whatever comes, a handler sees only what its type allows, and everything else is a refusal.
func FuzzRequest(f *testing.F) {
	texts, err := lang.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range [][4]string{
		{"here", "epoch=4&all=true&limit=2", "abc", `{"words":["a"]}`},
		{"here", "", "", `{"words":[]}`},
		{"here", "", "", `{"words":["a","b","c"]}`},
		{"here", "", "", `{"words":null}`},
		{"here", "epoch=10", "", `{"words":[]}`},
		{"too-far-away", "epoch=0&limit=501&all=yes", "abcdef", `{"words":["a","b","c"],"more":1}`},
		{"%00", "epoch=99999999999999999999&epoch=1", "\x00", `{"words":null}`},
		{"a", "limit&all&after=%zz;", "x", `{"words":[1e999]`},
	} {
		f.Add(c[0], c[1], c[2], []byte(c[3]))
	}
	f.Fuzz(func(t *testing.T, place, query, mark string, body []byte) {
		seen := 0
		h := call.Handler(&call.Site{Texts: texts, Log: slog.New(slog.DiscardHandler)},
			[]call.Route{{ID: "try", Method: call.Post, Path: "/try/{place}", Public: "a test"}},
			func(r *call.Router) {
				call.Open(r, "try", func(_ context.Context, in *bounded) (*call.Nothing, error) {
					seen++
					if n := len([]rune(in.Place)); n == 0 || n > 8 || in.Epoch < 1 || in.Epoch > 9 || in.Limit < 1 || in.Limit > 500 || len([]rune(in.Mark)) > 5 {
						t.Errorf("%+v", in)
					}
					if in.Body.Words == nil || len(in.Body.Words) > 2 {
						t.Errorf("%s is read as %q", body, in.Body.Words)
					}
					return nil, nil
				})
			})
		r := httptest.NewRequest(http.MethodPost, call.Prefix+"/try/x", strings.NewReader(string(body)))
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = call.Prefix+"/try/"+place, call.Prefix+"/try/"+url.PathEscape(place), query
		r.Header["Content-Type"], r.Header["Mark"] = []string{"application/json"}, []string{mark}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if done := w.Code == http.StatusNoContent; done != (seen == 1) || w.Code >= 500 {
			t.Errorf("answered %d, handled %d times", w.Code, seen)
		}
	})
}
