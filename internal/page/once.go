package page

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Sent remembers for a day which forms were sent and where they led, so that a form that is sent twice, by a second click
// or by going back, does once what it says.
type Sent interface {
	// Begin marks that a form is being dealt with; [fault.Conflict] if it is marked.
	Begin(ctx context.Context, who id.User, form string) error
	// Finish keeps where a form has led, sealed to who sent it.
	Finish(ctx context.Context, who id.User, form string, led []byte) error
	// Forget takes a mark away: the form has changed nothing and may be sent again.
	Forget(ctx context.Context, who id.User, form string) error
	// Led returns what Finish has kept, empty while the form is being dealt with; [fault.NotFound] if there is no mark.
	Led(ctx context.Context, who id.User, form string) ([]byte, error)
}

const (
	onceField  = "once"
	onceWaits  = 10 * time.Second // for the first of two clicks
	onceAsks   = 50 * time.Millisecond
	keepWithin = 5 * time.Second // whatever becomes of the line
)

type onceKey struct{}

// onceOf returns what tells the forms of this page from those of every other, empty where nobody is signed in.
func onceOf(ctx context.Context) string {
	s, _ := ctx.Value(onceKey{}).(string)
	return s
}

// withOnce lets the forms of a page carry a mark of their own.
func (v *Visit) withOnce(ctx context.Context) context.Context {
	if !v.signed {
		return ctx
	}
	ctx = context.WithValue(ctx, typesKey{}, new([]string))
	return context.WithValue(ctx, onceKey{}, string(id.Random[id.Notice](v.Site.IDs)))
}

// serveOnce deals with a form. The same form of the same page with the same content leads where it led the first time. One
// that was corrected is another; one that only showed something shows it again.
//
// It fails with [fault.Conflict] if it is not known what became of the first, and as the route does.
func (v *Visit) serveOnce() error {
	ctx, who := v.R.Context(), v.By.User
	mark := v.By.Mark([]byte(v.R.Method + " " + v.R.URL.Path + "\n" + string(v.By.Role) + " " + string(v.By.Desk) + "\n" + v.R.PostForm.Encode()))
	if v.R.PostForm.Get(onceField) == "" || mark == nil {
		return v.route.Serve(v)
	}
	form := hex.EncodeToString(mark)
	first, err := v.beginOnce(ctx, who, form)
	if err != nil || !first {
		return err
	}
	err = v.route.Serve(v)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer stop()
	switch {
	case err == nil && v.status == http.StatusSeeOther:
		err = v.Site.Sent.Finish(ctx, who, form, v.By.SealOwn([]byte(form), []byte(v.w.Header().Get("Location"))))
	case err != nil && !fault.IsLater(err) && (fault.Is(err, fault.Internal) || fault.Is(err, fault.Unavailable)):
		return err // whether something was done is not known
	default:
		if failed := v.Site.Sent.Forget(ctx, who, form); err == nil {
			err = failed
		}
	}
	return err
}

// beginOnce reports whether a form is sent for the first time. It sends whoever sent it before where it led then, and waits
// for that if need be.
func (v *Visit) beginOnce(ctx context.Context, who id.User, form string) (first bool, err error) {
	for until := time.Now().Add(onceWaits); time.Now().Before(until); {
		err := v.Site.Sent.Begin(ctx, who, form)
		if err == nil || !fault.Is(err, fault.Conflict) {
			return err == nil, err
		}
		led, err := v.Site.Sent.Led(ctx, who, form)
		if err == nil && len(led) > 0 {
			target, err := v.By.OpenOwn([]byte(form), led)
			if err != nil {
				break
			}
			return false, v.To(string(target), "")
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return false, err
		}
		select {
		case <-time.After(onceAsks):
		case <-ctx.Done():
			return false, fault.Wrap(fault.Unavailable, "web.rate", ctx.Err())
		}
	}
	return false, fault.New(fault.Conflict, "web.once")
}
