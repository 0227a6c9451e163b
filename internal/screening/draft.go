package screening

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

// KindDraft is the kind of the sealed record of a case that is a screening under way. A case has one at most that goes on.
const KindDraft = "screening-draft"

// DraftForm names the form of what is sealed.
const DraftForm = "opentrm/screening-draft/1"

// Draft is a screening that somebody has begun and nobody has finished, sealed under a key of its own: it is erased alone when nobody goes on
// with it. Nothing is judged by it, and it is no screening.
type Draft struct {
	Form  string     `json:"form"`
	At    frame.Time `json:"at"`
	By    id.User    `json:"by"`
	Sheet Sheet      `json:"sheet"`
	Over  bool       `json:"over,omitempty"` // it became a screening; its answers stand there and no longer here
}

// Begun is a draft as it stands.
type Begun struct {
	casefile.Kept[Draft]
	Ends frame.Time // when it is erased if nobody goes on with it; 0: it is not

	space id.Compartment
}

// Draft opens the screening that is under way in a case; Record is empty if none is.
//
// It fails as [Service.List].
func (s *Service) Draft(ctx context.Context, by keyring.Bearer, c id.Case) (out Begun, err error) {
	err = s.Cases.Look(ctx, by, c, "screening", func(tx casefile.Tx, k *keyring.Case, _ casefile.Case) error {
		if out, err = draftIn(ctx, tx, k); err != nil || out.Record == "" || s.Ends == nil {
			return err
		}
		space, err := tx.Compartment(ctx, out.space)
		if err == nil {
			out.Ends, err = s.Ends(ctx, tx, space)
		}
		return err
	})
	return out, err
}

// Save keeps what was answered so far; version is that of the draft which was read, 0 where there was none.
//
// It fails as [Service.Screen], and with [fault.Stale] if somebody else has saved it since.
func (s *Service) Save(ctx context.Context, by keyring.Bearer, c id.Case, version int64, sheet Sheet) (out Begun, err error) {
	d, err := Shipped()
	if err != nil {
		return out, err
	}
	sheet.Disagreement = nil
	if err := d.checkSheet(sheet); err != nil {
		return out, err
	}
	err = s.Cases.Work(ctx, by, access.ScreenCase, c, "", func(tx casefile.Tx, k *keyring.Case, row casefile.Case) error {
		if err := d.fits(sheet.Set, row.AgeClass); err != nil {
			return err
		}
		if out, err = draftIn(ctx, tx, k); err != nil {
			return err
		}
		if out.Version != version {
			return fault.New(fault.Stale, "form.record.stale")
		}
		if out.Record == "" {
			out.space, err = k.NewSpaceIn(ctx, tx, profile.ClassDraft)
		} else {
			err = s.Cases.Keys.SavedIn(ctx, tx, out.space, profile.ClassDraft)
		}
		if err != nil {
			return err
		}
		return s.putIn(ctx, tx, k, &out, Draft{Form: DraftForm, At: frame.At(s.Cases.Now()), By: by.User, Sheet: sheet})
	})
	return out, err
}

// endIn empties the draft that became a screening and returns where it lay; empty: none was under way.
func (s *Service) endIn(ctx context.Context, tx casefile.Tx, k *keyring.Case) (id.Compartment, error) {
	b, err := draftIn(ctx, tx, k)
	if err != nil || b.Record == "" {
		return "", err
	}
	if err := s.Cases.Keys.SavedIn(ctx, tx, b.space, profile.ClassScreening); err != nil {
		return "", err
	}
	return b.space, s.putIn(ctx, tx, k, &b, Draft{Form: DraftForm, At: frame.At(s.Cases.Now()), By: b.By, Sheet: Sheet{Answers: map[string]Answer{}, Observed: []string{}}, Over: true})
}

func (s *Service) putIn(ctx context.Context, tx casefile.Tx, k *keyring.Case, b *Begun, d Draft) error {
	body, err := frame.Encode(d)
	if err != nil {
		return err
	}
	r, err := k.PutIn(ctx, tx, keyring.Record{ID: b.Record, Kind: KindDraft, Compartment: b.space, Version: b.Version, At: b.At, By: b.By, Body: body})
	b.Kept = casefile.Kept[Draft]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: d}
	return err
}

func draftIn(ctx context.Context, tx casefile.Tx, k *keyring.Case) (out Begun, err error) {
	records, _, err := k.ListIn(ctx, tx, KindDraft)
	for _, r := range records {
		var x Draft
		if err := frame.Decode(r.Body, keyring.MaxRecord, &x); err != nil {
			return out, fault.Wrap(fault.Internal, "screening.kept", err)
		}
		if !x.Over {
			out = Begun{Kept: casefile.Kept[Draft]{Record: r.ID, Version: r.Version, At: r.At, By: r.By, Value: x}, space: r.Compartment}
		}
	}
	return out, err
}
