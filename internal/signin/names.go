package signin

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Colleagues returns the names of those who belong to a desk or were proposed for it, so that a member knows whom she
// lets in. Only the people of the desk, whoever may list accounts, and whoever keeps its duty roster, learn them: the staff
// of a shelter are nobody else's to know.
//
// It fails with [fault.Denied] for everybody else.
func (s *Service) Colleagues(ctx context.Context, who access.Actor, at id.Desk) (map[id.User]string, error) {
	own := who.Desk != "" && who.Desk == at
	action, on := access.ReadDesk, access.Resource{Noun: "desk", ID: string(at), Realm: access.Office, Desk: at}
	roster := access.Check(who, access.DutyDesk, access.Resource{Noun: "desk", ID: string(at), Realm: who.Realm, Desk: at}) == nil
	if !own && !roster {
		action, on = access.ListUser, access.Resource{Noun: "user", Realm: access.Office}
	}
	if err := access.Check(who, action, on); err != nil {
		return nil, err
	}
	names := map[id.User]string{}
	err := s.Read(ctx, func(tx Tx) error {
		clear(names)
		members, err := tx.Members(ctx, at)
		if err != nil {
			return err
		}
		for _, m := range members {
			if m.State == desk.Left {
				continue
			}
			u, err := tx.User(ctx, m.User)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			names[m.User] = u.Name
		}
		return nil
	})
	return names, err
}

// Known says who somebody of the office is that has put her name under something which the reader may see: what colleagues call her, and
// what she is there for. Of others, and of accounts that are gone, it says nothing.
//
// It fails with [fault.Denied] for whoever does not list what is kept and erased.
func (s *Service) Known(ctx context.Context, who access.Actor, user id.User) (name string, office []access.Role, err error) {
	if err := access.Check(who, access.ListRetention, access.Resource{Noun: "retention", Realm: who.Realm, Desk: who.Desk}); err != nil {
		return "", nil, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		u, err := tx.User(ctx, user)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil && (len(u.Office) > 0 || u.ID == who.User) {
			name, office = u.Name, u.Office
		}
		return err
	})
	return name, office, err
}
