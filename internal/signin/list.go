package signin

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Account is what colleagues may know of a user.
type Account struct {
	ID          id.User       `json:"user"`
	Login       string        `json:"login"`
	Name        string        `json:"name"`
	Office      []access.Role `json:"office"`
	Language    string        `json:"language"`
	Zone        string        `json:"zone"`
	State       State         `json:"state"`
	Demo        bool          `json:"demo"`
	Fingerprint id.Key        `json:"fingerprint"` // of her key, which a colleague compares; empty without keys
	Waits       bool          `json:"waits"`       // her office opens nothing until somebody else of the office has compared that
	Version     int64         `json:"version"`
}

// List returns every account, disabled ones too, in the order of their making.
//
// It fails with [fault.Denied] if who may not see accounts.
func (s *Service) List(ctx context.Context, who access.Actor) ([]Account, error) {
	if err := access.Check(who, access.ListUser, access.Resource{Noun: "user", Realm: access.Office}); err != nil {
		return nil, err
	}
	var users []User
	err := s.Read(ctx, func(tx Tx) (err error) {
		users, err = s.UsersIn(ctx, tx)
		return err
	})
	all := make([]Account, 0, len(users))
	for _, u := range users {
		all = append(all, u.Account())
	}
	return all, err
}

// Account returns what colleagues may know of u.
func (u User) Account() Account {
	a := Account{
		ID: u.ID, Login: u.Login, Name: u.Name, Office: u.Office, Language: u.Language, Zone: u.Zone, State: u.State,
		Demo: u.Demo, Version: u.Version, Waits: u.Waits,
	}
	if key, err := seal.ParseKEMPublic(u.KEM); err == nil {
		a.Fingerprint = key.ID()
	}
	return a
}
