package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
)

// Decision is a decision on the status of identification. Assistance does not depend on it.
type Decision struct {
	Status   string    `json:"status"`   // code
	Body     string    `json:"body"`     // type of the deciding body, code
	Name     string    `json:"name"`     // of the body
	Country  id.Member `json:"country"`  // whose law it rests on
	Basis    string    `json:"basis"`    // legal basis, as the body cites it
	Grounds  string    `json:"grounds"`  // recorded grounds
	Date     string    `json:"date"`     // yyyy-mm-dd
	Review   string    `json:"review"`   // yyyy-mm-dd until which review or appeal is possible; empty: none
	Informed bool      `json:"informed"` // she was told, with her rights

	Language string `json:"language,omitempty" maxLength:"35" doc:"In which the words are written, BCP 47; left out: it was not said"`

	With     []string  `json:"with,omitempty" maxItems:"6"` // types of the bodies that decided together with it, sorted
	Of       id.Record `json:"of,omitempty"`                // the decision that was decided again, on review or appeal; empty: none
	Standing Standing  `json:"standing,omitempty"`          // set when it is recorded, and only then

	Conference id.Conference `json:"conference,omitempty"` // that took it, with the signatures of its members; set when it takes effect, and only then
}

// Standing is what the profile of a country said, when a decision was recorded, of the bodies that took it.
type Standing string

// The standings. A decision with any of them is recorded, and gives her no less help than another; only one that is
// Competent may start what the law ties to a decision.
const (
	Competent  Standing = "competent"  // they decide this, by a rule that is verified
	Unverified Standing = "unverified" // a rule names who decides this, but nobody has confirmed it, or not for that day
	Unstated   Standing = "unstated"   // no rule names who decides this
)

// Check reports whether the decision can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Decision) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !d.Has(ListStatus, x.Status):
		return bad("status")
	case !d.Has(ListBody, x.Body):
		return bad("body")
	case x.Name == "" || !person.Text(x.Name, 200):
		return bad("name")
	case x.Basis == "" || !person.Text(x.Basis, 500):
		return bad("basis")
	case !person.Text(x.Grounds, maxNote):
		return bad("grounds")
	case x.Language != "" && !person.Tag(x.Language):
		return bad("language")
	case !person.Day(x.Date):
		return bad("date")
	case x.Review != "" && (!person.Day(x.Review) || x.Review < x.Date):
		return bad("review")
	case x.Of != "" && !person.Text(string(x.Of), 64):
		return bad("of")
	case x.Standing != "" && x.Standing != Competent && x.Standing != Unverified && x.Standing != Unstated:
		return bad("standing")
	}
	for i, b := range x.With {
		if !d.Has(ListBody, b) || b == x.Body || i > 0 && b <= x.With[i-1] {
			return bad("with")
		}
	}
	if _, err := id.ParseMember(string(x.Country)); err != nil {
		return bad("country")
	}
	return nil
}

// Decide records a status decision that a body took, with what the profile of its country says of that body. Decisions
// are added and never changed; a later one stands beside the earlier ones, which keep their date.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as [Decision.Check] and
// "case.decide.incompetent" if a verified rule of that country says that other bodies decide this or
// "case.decide.of" if the decision decided again is not in the case, [fault.Conflict] if the case is closed, and [fault.Locked] without keys.
func (s *Service) Decide(ctx context.Context, by keyring.Bearer, c id.Case, d Decision) (Kept[Decision], error) {
	var kept Kept[Decision]
	if d.Standing != "" || d.Conference != "" {
		return kept, bad("standing")
	}
	err := s.Work(ctx, by, access.DecideCase, c, "", func(tx Tx, k *keyring.Case, row Case) (err error) {
		kept, err = s.decideIn(ctx, tx, k, row, d)
		return err
	})
	return kept, err
}

// DecideIn is [Service.Decide] inside the transaction of the noun in which the decision was taken, which has checked access.
//
// It fails as [Service.Decide], but for access and the state of the case.
func (s *Service) DecideIn(ctx context.Context, tx Tx, k *keyring.Case, row Case, d Decision) error {
	_, err := s.decideIn(ctx, tx, k, row, d)
	return err
}

func (s *Service) decideIn(ctx context.Context, tx Tx, k *keyring.Case, row Case, d Decision) (Kept[Decision], error) {
	var kept Kept[Decision]
	err := d.Check()
	if err == nil {
		err = againIn(ctx, tx, k, d)
	}
	if err == nil {
		d.Standing, err = standing(s.Law(), d, row.AgeClass)
	}
	if err == nil {
		kept, err = putIn(ctx, tx, k, KindDecision, d)
	}
	if err != nil {
		return kept, err
	}
	row.Status = d.Status
	_, err = setIn(ctx, tx, row)
	return kept, err
}

// againIn checks what a decision decides again: it is one of this case, and not later.
func againIn(ctx context.Context, tx Tx, k *keyring.Case, d Decision) error {
	if d.Of == "" {
		return nil
	}
	all, _, err := listIn[Decision](ctx, tx, k, KindDecision)
	if err != nil {
		return err
	}
	for _, before := range all {
		if before.Record == d.Of {
			if before.Value.Date > d.Date || before.Value.Country != d.Country {
				return bad("of")
			}
			return nil
		}
	}
	return fault.New(fault.Invalid, "case.decide.of").With("field", "of")
}

// standing asks the profile who may decide that, for her, on that day.
func standing(law profile.Set, d Decision, age person.AgeClass) (Standing, error) {
	if _, ok := law.Country(d.Country); !ok {
		return Unstated, nil // a country outside the network
	}
	act, people := profile.Decide, profile.Adults
	if d.Of != "" {
		act = profile.Review
	}
	if person.ChildPath(age) {
		people = profile.Children
	}
	a, err := law.Who(d.Country, act, d.Status, people, profile.Date(d.Date))
	switch {
	case err != nil:
		return "", err
	case len(a.Rows) == 0:
		return Unstated, nil
	case !a.Verified:
		return Unverified, nil
	}
	bodies := append([]string{d.Body}, d.With...)
	took := func(body string) bool { return slices.Contains(bodies, body) }
	for _, r := range a.Rows {
		if r.Together && !slices.ContainsFunc(r.By, func(b string) bool { return !took(b) }) || !r.Together && slices.ContainsFunc(r.By, took) {
			return Competent, nil
		}
	}
	return "", fault.New(fault.Invalid, "case.decide.incompetent").With("field", "body")
}
