package signin

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Wanted is a service account that an administrator asks for.
type Wanted struct {
	Name     string
	Desk     id.Desk
	Purposes []Purpose
	Networks []string // from which it may come; none: from everywhere
	Days     int64    // for how long the desk lets it in at a time; 0: [DefaultDays]
	Quota    int64    // of one that reads, openings a day; 0: [DefaultQuota]
}

func wanted(in Wanted) (Program, error) {
	bad := func(field string) (Program, error) {
		return Program{}, fault.New(fault.Invalid, "signin.program.field").With("field", field)
	}
	if n := len([]rune(in.Name)); n < 1 || n > 100 {
		return bad("name")
	}
	if len(in.Purposes) == 0 {
		return bad("purposes")
	}
	p := Program{Name: in.Name, Desk: in.Desk, Purposes: []Purpose{}, Days: in.Days, State: ProgramProposed, Waits: true, Version: 1}
	for _, w := range in.Purposes {
		if !slices.Contains(Purposes(), w) || slices.Contains(p.Purposes, w) {
			return bad("purposes")
		}
		p.Purposes = append(p.Purposes, w)
	}
	if p.Days == 0 {
		p.Days = DefaultDays
	}
	if p.Days < 1 || p.Days > mostDays {
		return bad("days")
	}
	if p.Reads() {
		if slices.Contains(p.Purposes, Import) { // what is told nothing must not read what it brought
			return bad("purposes")
		}
		if p.Quota = in.Quota; p.Quota == 0 {
			p.Quota = DefaultQuota
		}
		if p.Quota < 1 || p.Quota > mostQuota {
			return bad("quota")
		}
		p.Next = OfficerNext
	} else if in.Quota != 0 {
		return bad("quota")
	}
	var err error
	p.Networks, err = networks(in.Networks)
	return p, err
}

// ProposeProgram makes a service account and its token, which is told once. The token opens nothing until a member of the desk has let
// the program in.
//
// It fails with [fault.Denied], [fault.Invalid] "signin.program.field" naming a field, [fault.NotFound] if there is no such desk here, and
// [fault.Conflict] "signin.program.many".
func (s *Service) ProposeProgram(ctx context.Context, who access.Actor, in Wanted) (Program, string, error) {
	if err := access.Check(who, access.CreateToken, access.Resource{Noun: "token", Realm: access.Office}); err != nil {
		return Program{}, "", err
	}
	p, err := wanted(in)
	if err != nil {
		return Program{}, "", err
	}
	p.ID, p.Maker, p.Made, p.Drawn = id.Ordered[id.User](s.IDs), who.User, s.now(), s.now()
	token := ""
	err = s.Write(ctx, audit.Did(who, access.CreateToken, string(p.ID)), func(tx Tx) error {
		d, err := tx.Desk(ctx, in.Desk)
		if err != nil {
			return err
		}
		if d.State != desk.Active || d.Kind != desk.AtNode || d.Realm != access.Assistance {
			return fault.New(fault.Invalid, "signin.program.field").With("field", "desk")
		}
		if p.Reads() && !readable(d) {
			return fault.New(fault.Invalid, "signin.program.field").With("field", "desk")
		}
		p.Realm = d.Realm
		if err := room(ctx, tx, in.Desk); err != nil {
			return err
		}
		if token, err = s.draw(ctx, tx, &p); err != nil {
			return err
		}
		if err := tx.AddProgram(ctx, p); err != nil {
			return err
		}
		return s.told(ctx, tx, p, s.ProgramWaits)
	})
	if err != nil {
		return Program{}, "", err
	}
	return p, token, nil
}

// room fails where there are too many service accounts already.
func room(ctx context.Context, tx Tx, at id.Desk) error {
	all, err := tx.Programs(ctx)
	if err != nil {
		return err
	}
	node, here := 0, 0
	for _, p := range all {
		if p.State == ProgramRevoked {
			continue
		}
		if node++; p.Desk == at {
			here++
		}
	}
	if node >= mostPrograms || here >= mostAtDesk {
		return fault.New(fault.Conflict, "signin.program.many")
	}
	return nil
}

// draw gives p a new token, and returns it.
func (s *Service) draw(ctx context.Context, tx Tx, p *Program) (string, error) {
	marks, err := s.Marks(ctx, tx)
	if err != nil {
		return "", err
	}
	_, raw, _ := s.secret()
	defer clear(raw)
	p.Digest, p.Drawn = digest(marks, p.ID, raw), s.now()
	if p.Reads() {
		if err := s.pairs(p, raw); err != nil {
			return "", err
		}
	}
	return tokenOf(p.ID, raw), nil
}

// told calls what the wiring does about a program, if it does anything.
func (s *Service) told(ctx context.Context, tx Tx, p Program, whom func(context.Context, Tx, Program) error) error {
	if whom == nil {
		return nil
	}
	return whom(ctx, tx, p)
}
