package page

import (
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/signin"
)

// PlaceName is a role and the desk at which it is held.
func (v *Visit) PlaceName(at signin.Place) Msg {
	role := RoleName(at.Role).In(v.P)
	if at.Desk == "" {
		return Plain(role)
	}
	return Key("signin.place-at", "role", role, "desk", string(v.Site.Member)+"/"+string(at.Desk))
}

// Sessions is a list of sign-ins; Path is what the forms that end one are sent to, before its number.
type Sessions struct {
	path string
	All  []sessionModel
}

type sessionModel struct {
	id   id.Session
	rows []Row
	this bool
}

// SessionsOf makes the list of some sign-ins.
func (v *Visit) SessionsOf(path string, found []signin.Session) Sessions {
	m := Sessions{path: path}
	for _, s := range found {
		m.All = append(m.All, sessionModel{id: s.ID, this: s.ID == v.By.Session, rows: []Row{
			{Key: Key("signin.session.since"), Value: v.When(s.Created)},
			{Key: Key("signin.session.seen"), Value: v.Age(s.Seen)},
			{Key: Key("signin.session.from"), Value: Plain(s.Address)},
			{Key: Key("signin.acting"), Value: v.PlaceName(signin.Place{Role: s.Role, Desk: s.Desk})},
		}})
	}
	return m
}

// Grouped writes a fingerprint in groups of four, to be read aloud.
func Grouped(k id.Key) string {
	var b []byte
	for i := range len(k) {
		if i > 0 && i%4 == 0 {
			b = append(b, ' ')
		}
		b = append(b, k[i])
	}
	return string(b)
}
