package main

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/web"
)

// looks is how often each screen is asked for, and fewest how often one that takes long is.
const (
	looks    = 200
	fewest   = 20
	patience = 10 * time.Second // for all the looks at one screen
)

// look is one screen as somebody sees it, many times.
type look struct {
	path  string // as the map of the pages has it
	url   string // what is asked for; it may still name any case
	login string // who sees it
	took  []time.Duration
	bytes int    // of the page: they go as they are, since what is secret stands beside what others may have sent
	body  string // of the first time, for the links that stand on it
}

// screens asks for every page of the node, as the first of the staff who may see it, and prints how long the node took to answer and
// how many bytes that were. What needs more than a case is asked for by a link that stood on a page before, so it is what somebody comes
// to who clicks. There is no network between. Some cases are filled out before, as
// [hand.fillOut]. Which pages nothing led to is said below the table.
func screens(ctx context.Context, n *node.Node, some func() id.Case, full []id.Case) error {
	all, handler := []look{}, n.Handler()
	visitors, err := comeIn(ctx, n)
	if err != nil {
		return err
	}
	h := &hand{ctx: ctx, handler: handler, secret: visitors[0].secret}
	for _, c := range full {
		if err := h.fillOut(c); err != nil {
			return err
		}
	}
	mux, left := http.NewServeMux(), map[string]string{} // the pages that no look was had at, by their pattern
	for _, r := range web.Routes() {
		if path, ok := strings.CutPrefix(r.Pattern, "GET "); ok && r.Public == "" {
			mux.HandleFunc(r.Pattern, func(http.ResponseWriter, *http.Request) {})
			left[r.Pattern] = strings.TrimSuffix(path, "{$}")
		}
	}
	see := func(pattern, url string, v visitor) (bool, error) {
		l := look{path: left[pattern], url: url, login: v.login}
		defer func(begin time.Time) {
			if took := time.Since(begin); took > patience {
				tell("%s took %.0f s", l.path, took.Seconds())
			}
		}(time.Now())
		shown, err := l.at(ctx, handler, v, some)
		if err != nil || !shown {
			return false, err
		}
		all = append(all, l)
		delete(left, pattern)
		return true, nil
	}
	for _, pattern := range slices.Sorted(maps.Keys(left)) {
		path := left[pattern]
		if strings.Contains(strings.ReplaceAll(path, "{case}", ""), "{") {
			continue
		}
		for _, v := range visitors {
			if shown, err := see(pattern, path, v); err != nil {
				return err
			} else if shown {
				break
			}
		}
	}
	through := func(body string, v visitor) error {
		tried := map[string]bool{}
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			url := html.UnescapeString(m[1])
			_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, url, nil))
			if _, wanted := left[pattern]; !wanted || tried[pattern] {
				continue
			}
			tried[pattern] = true
			if _, err := see(pattern, url, v); err != nil {
				return err
			}
		}
		return nil
	}
	for _, c := range full[:min(len(full), 2)] {
		for _, way := range waysInto(c) {
			body, err := h.get(way)
			if err != nil {
				return err
			}
			if err := through(body, visitors[0]); err != nil {
				return err
			}
		}
	}
	for next := 0; next < len(all); next++ { // what is found is looked through too
		from := all[next]
		if err := through(from.body, visitors[slices.IndexFunc(visitors, func(v visitor) bool { return v.login == from.login })]); err != nil {
			return err
		}
		all[next].body = ""
	}
	slices.SortFunc(all, func(a, b look) int { return cmp.Compare(ninety(b.took), ninety(a.took)) })
	fmt.Printf("\n| screen, ms of the node (%d times each, one after the other; one that takes long fewer times) | seen by | times | median | 95 %% | 99 %% | bytes |\n|---|---|--:|--:|--:|--:|--:|\n", looks)
	for _, l := range all {
		fmt.Printf("| `%s` | %s | %d | %s | %s | %s | %d |\n", l.path, l.login, len(l.took), at(l.took, 50), at(l.took, 95), at(l.took, 99), l.bytes)
	}
	fmt.Printf("\n%d screens; to %d no link led among what this node holds:\n", len(all), len(left))
	for _, pattern := range slices.Sorted(maps.Keys(left)) {
		fmt.Printf("`%s` ", left[pattern])
	}
	fmt.Println()
	return nil
}

// link is where a page leads.
var link = regexp.MustCompile(`href="(/[^"#]*)"`)

// visitor is somebody who has signed in.
type visitor struct{ login, secret string }

// comeIn signs one of each part of the staff in. Who has the cases comes first.
func comeIn(ctx context.Context, n *node.Node) ([]visitor, error) {
	var all []visitor
	for _, login := range []string{"shelter", "coordinator", "dpo", "auditor", "admin", "prosecutor"} {
		in, err := n.Signin.SignIn(ctx, login, demo.Passphrase, "127.0.0.1")
		if err != nil {
			return nil, err
		}
		all = append(all, visitor{login, in.Secret})
	}
	return all, nil
}

// at asks for the page as v, each time from another network, since a node lets each ask a few times a second only.
// It reports whether she is shown it; it may lead to another, or not be for her.
func (l *look) at(ctx context.Context, handler http.Handler, v visitor, some func() id.Case) (bool, error) {
	for i, came := 0, time.Now(); i < looks && (i < fewest || time.Since(came) < patience); i++ {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "https://node.example"+strings.ReplaceAll(l.url, "{case}", string(some())), nil)
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:4000", i/256, i%256)
		r.AddCookie(&http.Cookie{Name: page.SessionCookie, Value: v.secret})
		w := httptest.NewRecorder()
		begin := time.Now()
		handler.ServeHTTP(w, r)
		l.took = append(l.took, time.Since(begin))
		if w.Code != http.StatusOK {
			if i > 0 {
				return false, fmt.Errorf("%s for %s: %d", l.path, l.login, w.Code)
			}
			return false, nil
		}
		l.bytes = max(l.bytes, w.Body.Len())
		if i == 0 {
			l.body = w.Body.String()
		}
	}
	return true, nil
}

// ninety is what 95 of 100 did not take longer than.
func ninety(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[min(len(all)*95/100, len(all)-1)]
}
