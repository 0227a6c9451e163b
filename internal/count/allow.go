package count

import (
	"context"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

// yearValue is the value of the profile that says what the runs of a year may tell where the member has not decided; allowed is the setting in which
// it has.
const (
	yearValue = "count-year-epsilon"
	allowed   = "count.allowed"
)

// SettingTx keeps what the member allows.
type SettingTx interface {
	// Setting returns the value kept under name; [fault.NotFound] if there is none.
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

// Allowance is what the runs of a year may tell of one record here, in thousandths, and who says so.
type Allowance struct {
	Most    int64          `json:"most"`
	Source  string         `json:"source"`
	Status  profile.Status `json:"status"`
	Decided frame.Time     `json:"decided"` // by this member; 0: it is the value of the profile
	By      id.User        `json:"by"`
}

// mostSource bounds what is said of where a decision comes from.
const mostSource = 500

// Allow says what the runs of a year may tell of one record here: 0 to [MostAllowed] thousandths, on whose decision. What was spent stays spent: if it is
// more already, this member takes part in no other run of the year.
//
// It fails with [fault.Denied] for whoever may not, and [fault.Invalid] "count.field" naming the field.
func (s *Service) Allow(ctx context.Context, who access.Actor, most int64, source string) error {
	if err := access.Check(who, access.AllowCount, resource()); err != nil {
		return err
	}
	source = strings.TrimSpace(source)
	switch {
	case most < 0 || most > MostAllowed:
		return wrong("most")
	case source == "" || len(source) > mostSource:
		return wrong("source")
	}
	b, err := frame.Encode(Allowance{Most: most, Source: source, Status: profile.Confirmed, Decided: s.now(), By: who.User})
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.AllowCount, string(s.Member)), func(tx Tx) error { return tx.SetSetting(ctx, allowed, b) })
}

// allowance returns what this member has decided, or else what the profile says.
func (s *Service) allowance(ctx context.Context, tx Tx) (Allowance, error) {
	b, err := tx.Setting(ctx, allowed)
	if fault.Is(err, fault.NotFound) {
		v, _ := s.Law().Value(s.Member, yearValue)
		return Allowance{Most: s.Law().Number(s.Member, yearValue), Source: v.Origin.Source, Status: v.Origin.Status}, nil
	}
	if err != nil {
		return Allowance{}, err
	}
	var a Allowance
	if err := frame.Decode(b, 4096, &a); err != nil {
		return a, fault.Wrap(fault.Internal, "count.kept", err)
	}
	return a, nil
}
