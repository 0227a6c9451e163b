package web

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

// stepOf says at which step of the work a page is used, by its pattern; "" at none. The codes are those of the part "used-at" of a practice
// (spec/publication.md 6).
func stepOf(pattern string) string {
	switch pattern {
	case "GET /urgent", "GET /cases/begin", "GET /cases/new":
		return "first-contact"
	case "GET /cases/{case}/screenings", "GET /cases/{case}/screenings/new":
		return "screening"
	case "GET /cases", "GET /cases/{case}":
		return "case"
	case "GET /cases/{case}/consent":
		return "consent"
	case "GET /referrals", "GET /cases/{case}/referral", "GET /referrals/{referral}":
		return "referral"
	case "GET /cases/{case}/plan":
		return "plan"
	case "GET /cases/{case}/childhood":
		return "child"
	case "GET /returns", "GET /returns/{return}":
		return "return"
	case "GET /conferences", "GET /conferences/{conference}":
		return "conference"
	case "GET /unnamed/counts":
		return "statistics"
	}
	return ""
}

const (
	keptPractices = time.Minute // how long pages believe what they have read of practices
	mostBeside    = 5           // practices that a page leads to; the list has all
)

// practices remembers which practices help at which step, so that not every page asks.
type practices struct {
	find func(context.Context, access.Actor, publication.Filter, string) ([]publication.Kept, bool, error)

	mu   sync.Mutex
	read time.Time
	all  map[string][]publication.Kept
}

// of are the ways to the practices for the step of a page, the newest first.
func (b *practices) of(v *page.Visit, pattern string) []page.Link {
	step := stepOf(pattern)
	if step == "" || !page.May(v.By.Actor, access.ReadPublication) {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := v.Site.Now()
	if b.read.IsZero() || now.Sub(b.read) >= keptPractices || now.Before(b.read) {
		found, _, err := b.find(v.R.Context(), v.By.Actor, publication.Filter{Kind: publication.Practice}, "")
		if err != nil {
			return nil // the page itself is worth more; the library has them
		}
		b.read, b.all = now, map[string][]publication.Kept{}
		for _, k := range found {
			for _, at := range publication.ReadBody(k.Record.Body).Words("used-at") {
				b.all[at] = append(b.all[at], k)
			}
		}
	}
	var ways []page.Link
	for _, k := range b.all[step][:min(len(b.all[step]), mostBeside)] {
		title := publication.In(publication.ReadBody(k.Record.Body).Texts("title"), string(v.P.Tag()))
		ways = append(ways, page.Link{Path: "/publications/" + string(k.Record.ID), Text: page.Plain(title.Text)})
	}
	if len(b.all[step]) > mostBeside {
		ways = append(ways, page.Link{Path: "/publications?at=" + step, Text: page.Key("publication.list")})
	}
	return slices.Clip(ways)
}
