package page

import (
	"context"
	"regexp"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/member"
)

// address matches what is or may be the address of a desk.
var address = regexp.MustCompile(`\b[A-Z]{2}/[a-z0-9-]{1,40}\b`)

// Own names a desk of this node by its function and its country.
func (v *Visit) Own(d id.Desk) Msg {
	if d == "" {
		return Msg{}
	}
	return Plain(id.Address{Member: v.Site.Member, Desk: d}.String())
}

// keptDesks is how long the functions of the desks are remembered: a page must not read every sheet of the network to say one name.
const keptDesks = time.Minute

// Desks remembers what the desks of the network do, as their newest sheets say it. The zero value knows none.
type Desks struct {
	List func(ctx context.Context, who access.Actor) ([]member.Listed, error)

	mu    sync.Mutex
	read  time.Time
	known map[string]string // address to the key of a function
}

// function is the key of what a desk does; "" where no sheet that the reader may see says it.
func (d *Desks) function(ctx context.Context, who access.Actor, now time.Time, at string) string {
	if d == nil || d.List == nil || !May(who, access.ReadMember) {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if f, ok := d.known[at]; ok && now.Sub(d.read) < keptDesks && !now.Before(d.read) {
		return f
	}
	all, err := d.List(ctx, who)
	if err != nil {
		return "" // the address is still said
	}
	d.read, d.known = now, make(map[string]string, len(all))
	for _, l := range all {
		d.known[l.Address.String()] = l.Desk.Function
	}
	return d.known[at]
}

// DeskName calls a desk in the language of the reader by what it does and its country, "" where that is not known here.
func (v *Visit) DeskName(at string) string {
	f := v.Site.Desks.function(v.R.Context(), v.By.Actor, v.Site.Now(), at)
	if f == "" {
		return ""
	}
	return v.Word("", f).In(v.P) + ", " + v.P.CountryName(at[:2])
}

// Desk names a desk with its address, for where no mark-up stands: in a list to choose from.
func (v *Visit) Desk(a id.Address) Msg { return Plain(v.withNames(a.String())) }

func (v *Visit) withNames(text string) string {
	return address.ReplaceAllStringFunc(text, func(at string) string {
		if name := v.DeskName(at); name != "" {
			return name + " (" + at + ")"
		}
		return at
	})
}

// namesKey is for who is named on a page: what is said of a desk by its address is said by its name.
type namesKey struct{}

// deskName is [Visit.DeskName] of the page that is being written.
func deskName(ctx context.Context, text string) string {
	if v, ok := ctx.Value(namesKey{}).(*Visit); ok && v.signed && address.MatchString(text) {
		return v.DeskName(text)
	}
	return ""
}

// listed says a choice of a list, which holds no mark-up.
func listed(ctx context.Context, p *lang.Printer, m Msg) string {
	if v, ok := ctx.Value(namesKey{}).(*Visit); ok && v.signed {
		return v.withNames(m.In(p))
	}
	return m.In(p)
}
