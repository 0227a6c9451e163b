package count

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// Propose makes a run sheet. Nobody hears of it before a second person here has agreed as well; who proposes has said yes.
//
// It fails with [fault.Denied] for whoever may not, with [fault.Invalid] "count.field" naming the field, "veil.form" if the sheet breaks a rule of
// spec/veil-count.md 3, "count.unsound" if the run is too small to be about people, and "count.stranger" if a member is not active in the network.
func (s *Service) Propose(ctx context.Context, who access.Actor, p Proposal) (string, error) {
	if err := access.Check(who, access.ProposeCount, resource()); err != nil {
		return "", err
	}
	sheet, err := p.sheet(string(id.Random[id.Thread](s.IDs)), s.Member, s.now())
	if err != nil {
		return "", err
	}
	run := sheet.Run
	err = s.Write(ctx, audit.Did(who, access.ProposeCount, run), func(tx Tx) error {
		if err := s.mayTakePart(ctx, tx, &sheet); err != nil {
			return err
		}
		r, err := s.found(ctx, tx, &sheet)
		if err != nil {
			return err
		}
		r.Voices = append(r.Voices, Voice{who.User, true, s.now()})
		return s.save(ctx, tx, Row{ID: run}, r)
	})
	return run, err
}

// Reckon returns the run sheet of a proposal and keeps nothing, so that who proposes sees first what it tells.
//
// It fails as [Service.Propose] does.
func (s *Service) Reckon(ctx context.Context, who access.Actor, p Proposal) (veil.Sheet, error) {
	if err := access.Check(who, access.ProposeCount, resource()); err != nil {
		return veil.Sheet{}, err
	}
	sheet, err := p.sheet(string(id.Random[id.Thread](s.IDs)), s.Member, s.now())
	if err != nil {
		return sheet, err
	}
	return sheet, s.Read(ctx, func(tx Tx) error { return s.mayTakePart(ctx, tx, &sheet) })
}

// Others returns the members that can be asked to count together: the active countries of the roster in force, without this one.
//
// It fails with [fault.Denied] for whoever may not propose.
func (s *Service) Others(ctx context.Context, who access.Actor) (all []id.Member, err error) {
	if err := access.Check(who, access.ProposeCount, resource()); err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(held.Signed.Roster.Taking(access.MatchPartner), func(m id.Member) bool { return m == s.Member })
		return nil
	})
	return all, err
}

// mayTakePart judges a run sheet: who is on it, whether it keeps people safe, and whether this member can count what it asks.
func (s *Service) mayTakePart(ctx context.Context, tx Tx, sheet *veil.Sheet) error {
	if !slices.Contains(sheet.Members, s.Member) || len(sheet.Members) > MostMembers {
		return fault.New(fault.Invalid, "count.stranger")
	}
	if _, err := ScopeOf(sheet.Population); err != nil {
		return err
	}
	if sheet.Keys != veil.KeyVersion || sheet.Strong < StrongKeys || sheet.Weak < WeakKeys {
		return wrong("keys")
	}
	if !sheet.Sound() && !s.Demo {
		return fault.New(fault.Invalid, "count.unsound")
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range sheet.Members {
		if x, ok := held.Signed.Roster.Find(m); !ok || x.Status != member.Active || !x.May(access.MatchPartner) {
			return fault.New(fault.Invalid, "count.stranger").With("member", string(m))
		}
	}
	return nil
}

// found is a run that has just come to be known here.
func (s *Service) found(ctx context.Context, tx Tx, sheet *veil.Sheet) (Run, error) {
	text, err := sheet.Encode()
	if err != nil {
		return Run{}, err
	}
	r := Run{Sheet: text, Heard: s.now(), Voices: []Voice{}, Keys: []Keys{}, Said: []string{}, Named: []veil.Objection{}}
	return r, s.pin(ctx, tx, &r, sheet)
}

// pin adds the keys that the roster in force has of the members, so that what was said stays readable when a key is replaced.
func (s *Service) pin(ctx context.Context, tx Tx, r *Run, sheet *veil.Sheet) error {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range sheet.Members {
		x, ok := held.Signed.Roster.Find(m)
		if !ok {
			continue
		}
		i := slices.IndexFunc(r.Keys, func(k Keys) bool { return k.Member == m })
		if i < 0 {
			i, r.Keys = len(r.Keys), append(r.Keys, Keys{m, []seal.SignPublic{}})
		}
		for _, k := range x.Keys.Envelope {
			if !slices.ContainsFunc(r.Keys[i].Sign, func(o seal.SignPublic) bool { return o.ID() == k.ID() }) {
				r.Keys[i].Sign = append(r.Keys[i].Sign, k)
			}
		}
	}
	return nil
}

// of returns the keys of a member.
func (r *Run) of(m id.Member) []seal.SignPublic {
	for _, k := range r.Keys {
		if k.Member == m {
			return k.Sign
		}
	}
	return nil
}

// Agree says that this member takes part. With the second person who says so it joins, and what the run may tell is written to the ledger; where
// the run was proposed here, the others hear of it now.
//
// It fails with [fault.Denied] for whoever may not, [fault.NotFound] if there is no such run, [fault.Conflict] "count.over" if it is over, has been
// joined already ("count.joined") or she has said so already ("count.second"), and "count.spent" if it would tell more than a year allows.
func (s *Service) Agree(ctx context.Context, who access.Actor, run string) error {
	if err := access.Check(who, access.JoinCount, resource()); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.JoinCount, run), func(tx Tx) error {
		row, r, err := s.load(ctx, tx, run)
		if err != nil {
			return err
		}
		sheet, err := r.sheet()
		if err != nil {
			return err
		}
		switch {
		case r.End != Going || s.now() > sheet.Until[0]:
			return fault.New(fault.Conflict, "count.over")
		case slices.Contains(r.Said, veil.StepJoin):
			return fault.New(fault.Conflict, "count.joined")
		case slices.ContainsFunc(r.Voices, func(v Voice) bool { return v.User == who.User }):
			return fault.New(fault.Conflict, "count.second")
		}
		r.Voices = append(r.Voices, Voice{who.User, true, s.now()})
		if yes, _ := agreed(r.Voices); !yes {
			return s.save(ctx, tx, row, r)
		}
		if err := s.mayTakePart(ctx, tx, &sheet); err != nil {
			return err
		}
		if err := s.spend(ctx, tx, &sheet); err != nil {
			return err
		}
		if err := s.say(ctx, tx, &r, &sheet, veil.Turn{Message: veil.Message{Sheet: sheet.Hash(), From: s.Member, Step: veil.StepJoin}}); err != nil {
			return err
		}
		return s.save(ctx, tx, row, r)
	})
}

// spend writes what a run may tell to the ledger of the year.
func (s *Service) spend(ctx context.Context, tx Tx, sheet *veil.Sheet) error {
	year := s.now().Time().UTC().Year()
	spent, err := tx.CountSpent(ctx, year)
	if err != nil {
		return err
	}
	may, err := s.allowance(ctx, tx)
	if err != nil {
		return err
	}
	if spent+int64(sheet.Epsilon) > may.Most {
		return fault.New(fault.Conflict, "count.spent")
	}
	return tx.AddCountSpent(ctx, sheet.Run, year, int64(sheet.Epsilon))
}

// Decline says that this member does not take part, or no longer: it may until its records have been sent. One person decides it. All members hear
// of it, and the run ends.
//
// It fails with [fault.Denied] for whoever may not, [fault.NotFound] if there is no such run, and [fault.Conflict] "count.over" if it is over, or
// "count.sent" if the records have been sent.
func (s *Service) Decline(ctx context.Context, who access.Actor, run string) error {
	if err := access.Check(who, access.DeclineCount, resource()); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.DeclineCount, run), func(tx Tx) error {
		row, r, err := s.load(ctx, tx, run)
		if err != nil {
			return err
		}
		sheet, err := r.sheet()
		if err != nil {
			return err
		}
		switch {
		case r.End != Going:
			return fault.New(fault.Conflict, "count.over")
		case slices.Contains(r.Said, veil.StepBatch):
			return fault.New(fault.Conflict, "count.sent")
		}
		r.Voices = append(r.Voices, Voice{who.User, false, s.now()})
		// Of a run that was proposed here and that nobody has heard of, nobody hears.
		if sheet.Proposer != s.Member || slices.Contains(r.Said, veil.StepJoin) {
			if err := s.say(ctx, tx, &r, &sheet, veil.Turn{Message: veil.Message{Sheet: sheet.Hash(), From: s.Member, Step: veil.SayDecline}}); err != nil {
				return err
			}
		}
		return s.end(ctx, tx, row, r, Declined)
	})
}

// end ends a run and destroys what nobody needs any more. A run to which this member has sent no records has told nothing of them, and costs nothing of
// the year. Once they were sent the tally may have counted them, whatever became of the run: that is spent.
func (s *Service) end(ctx context.Context, tx Tx, row Row, r Run, how End) error {
	r.End, r.Over = how, s.now()
	if how != Counted && !slices.Contains(r.Said, veil.StepBatch) {
		if err := tx.DropCountSpent(ctx, row.ID); err != nil {
			return err
		}
	}
	if err := tx.DropCountOwn(ctx, row.ID); err != nil {
		return err
	}
	if err := tx.DropCountShares(ctx, row.ID); err != nil {
		return err
	}
	return s.save(ctx, tx, row, r)
}

// sheet reads the sheet of a run.
func (r *Run) sheet() (veil.Sheet, error) {
	sheet, err := veil.ParseSheet(r.Sheet)
	if err != nil {
		return sheet, fault.Wrap(fault.Internal, "count.kept", err)
	}
	return sheet, nil
}

// mostRun bounds what is kept of a run.
const mostRun = 1 << 20

func (s *Service) load(ctx context.Context, tx Tx, run string) (Row, Run, error) {
	row, err := tx.CountRun(ctx, run)
	if err != nil {
		return Row{}, Run{}, err
	}
	if row.Version == 0 {
		return Row{}, Run{}, fault.New(fault.NotFound, "count.none")
	}
	r, err := row.run()
	return row, r, err
}

func (row *Row) run() (Run, error) {
	var r Run
	if err := frame.Decode(row.Value, mostRun, &r); err != nil {
		return r, fault.Wrap(fault.Internal, "count.kept", err)
	}
	return r, nil
}

func (s *Service) save(ctx context.Context, tx Tx, row Row, r Run) error {
	b, err := frame.Encode(r)
	if err != nil {
		return err
	}
	row.Value, row.Going, row.Heard = b, r.End == Going, r.Heard
	return tx.SetCountRun(ctx, row)
}
