package nodetest_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/store"
)

// led is where a page leads to.
var led = regexp.MustCompile(`href="(/[^"#]*)"`)

// TestTheCoordinatorReadsNoCase: whatever page and line of the JSON interface the coordinator opens, none says the reference of a case, a
// name or a word of it, also where she is the second of two who erase. The data-protection officer, who puts cases on hold, is told which.
func TestTheCoordinatorReadsNoCase(t *testing.T) {
	w := newWall(t)
	k := keeping{w.mk, t}
	ctx, mk := t.Context(), w.mk
	mk.User("nada", access.NationalCoordinator)
	old := func() casefile.Case {
		c := k.closed("ana")
		k.must(store.Writer[casefile.Tx](mk.DB)(ctx, audit.Did(access.Console("MK"), access.CloseCase, string(c.ID)).In(c.ID), func(tx casefile.Tx) error {
			before := c
			before.Closed = c.Closed.Add(-3 * 365 * 24 * time.Hour)
			return tx.SetCase(ctx, before)
		}))
		return c
	}
	due, second, held := old(), old(), old()
	k.state("case-file", 12)
	hold, err := mk.Retention.Hold(ctx, mk.As("dora").Actor, string(held.Reference), because())
	k.must(err)
	unused, err := mk.Restrictions.Place(ctx, mk.As("ana").Actor, string(w.file.Reference), restriction.Saying{Code: "accuracy", Words: "Zlodej has told it wrongly"})
	k.must(err)
	mk.Join("focal-point", "fana", access.FirstResponder, "ana")
	_, err = mk.Searches.Find(ctx, mk.As("fana"), search.Query{Name: "Ogledala", Born: "1990"})
	k.must(err)
	purge, err := mk.Retention.Propose(ctx, mk.As("dora").Actor)
	k.must(err)
	w.Clock.Advance(30 * 24 * time.Hour) // what waits is late, and climbs to her
	w.Run()

	secrets := append([]string{string(due.Reference), string(due.ID), string(second.Reference), string(second.ID), string(held.Reference), string(held.ID)}, w.secrets[:6]...)
	w.ids["purge"], w.ids["hold"], w.ids["restriction"], w.ids["member"], w.ids["user"] = string(purge.ID), string(hold.ID), string(unused.ID), "MD", string(mk.As("ana").User)
	nada, asked, read := mk.SignIn("nada"), 0, 0
	seen, alike := map[string]bool{}, map[string]int{}
	var queue []string
	look := func(path string) {
		if seen[path] || strings.Contains(path, "leave") || strings.Contains(path, "sign-out") {
			return
		}
		seen[path] = true
		if bare, _, _ := strings.Cut(path, "?"); alike[bare] >= 12 {
			return // laws are compared for any countries and days, publications searched in any words
		} else {
			alike[bare]++
		}
		if asked++; asked%20 == 0 {
			nada = mk.SignIn("nada") // each session has its own limit of requests
		}
		rec := w.ask(mk, nada, http.MethodGet, path, "")
		body := rec.Body.String()
		if rec.Code == http.StatusOK {
			read++
			if !strings.HasPrefix(path, api.Prefix) {
				for _, m := range led.FindAllStringSubmatch(body, -1) {
					queue = append(queue, html.UnescapeString(m[1]))
				}
			}
		}
		for _, s := range secrets {
			if !strings.Contains(path, s) && strings.Contains(body, s) {
				t.Errorf("%s (%d) says %q to the coordinator", path, rec.Code, s)
			}
		}
	}
	for _, path := range w.all(http.MethodGet) {
		if filled := w.fill(path, false); filled != "" {
			queue = append(queue, filled)
		}
	}
	for len(queue) > 0 && asked < 600 {
		path := queue[0]
		queue = queue[1:]
		look(path)
	}
	if read < 60 || !seen["/retention/purges/"+string(purge.ID)] || !seen[api.Prefix+"/purges/"+string(purge.ID)] || len(queue) > 0 {
		t.Errorf("only %d of %d were read, %d are left", read, asked, len(queue))
	}

	// She is the second person all the same, and what she gets back names nothing either.
	p, err := mk.Retention.Show(ctx, mk.As("nada").Actor, purge.ID)
	k.must(err)
	if len(p.Items) != 2 || p.Items[0].Reference != "" || p.Items[0].ID != "" || p.Items[0].Class != "case-file" || p.Items[0].Desk != due.Desk || p.Digest != purge.Digest {
		t.Errorf("she sees %+v", p)
	}
	if seen, err := mk.Retention.Show(ctx, mk.As("dora").Actor, purge.ID); err != nil || seen.Items[0].Reference == "" {
		t.Errorf("who holds cases is not told which: %+v, %v", seen, err)
	}
	if _, err := mk.Retention.Hold(ctx, mk.As("nada").Actor, string(due.Reference), retention.Holding{Ground: "order", Words: "an invented order"}); !fault.Is(err, fault.Hidden) && !fault.Is(err, fault.Denied) {
		t.Errorf("she puts a case on hold: %v", err)
	}
	rec := w.ask(mk, mk.SignIn("nada"), http.MethodPost, api.Prefix+"/purges/"+string(purge.ID)+"/confirmation", `{"digest":"`+p.Digest+`"}`)
	if rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), string(due.Reference)) || k.stateOf(due) != casefile.Erased || k.stateOf(second) != casefile.Erased {
		t.Errorf("she confirms: %d %s", rec.Code, rec.Body)
	}
}
