package signin

import (
	"crypto/subtle"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// Purpose is what a program may do.
type Purpose string

// Import is to seal rows of a table about persons to the desk, as cases.
const Import Purpose = "import"

// Purposes returns every purpose.
func Purposes() []Purpose { return []Purpose{Import, ReadCases, ReadPersons} }

// actions are what a program of that purpose may ask for.
func (p Purpose) actions() []access.Action {
	switch p {
	case Import:
		return []access.Action{access.WriteIntake}
	case ReadCases:
		return []access.Action{access.ListCase, access.KnowCase, access.ReadCase}
	case ReadPersons:
		return []access.Action{access.ListCase, access.KnowCase, access.ReadPerson}
	}
	return nil
}

// ProgramState of a service account.
type ProgramState string

// The states of a service account.
const (
	ProgramProposed ProgramState = "proposed" // by an administrator; its token opens nothing yet
	ProgramActive   ProgramState = "active"   // a member of its desk has let it in
	ProgramRevoked  ProgramState = "revoked"
)

// Program is a service account: something that writes to one desk when nobody is signed in, or reads there. One that writes has no keys. What it writes it seals to
// the public halves of its desk and of the search index, and can read nothing back.
type Program struct {
	ID        id.User      `json:"user"`
	Name      string       `json:"name"` // of the program, which colleagues read
	Desk      id.Desk      `json:"desk"`
	Realm     access.Realm `json:"realm"` // of the desk
	Purposes  []Purpose    `json:"purposes" nullable:"false"`
	Networks  []string     `json:"networks" nullable:"false"` // from which it may come; none: from everywhere
	Days      int64        `json:"days"`                      // for how long the desk lets it in at a time
	State     ProgramState `json:"state"`
	Maker     id.User      `json:"maker"`
	Made      frame.Time   `json:"made"`
	Confirmer id.User      `json:"confirmer,omitempty"`
	Confirmed frame.Time   `json:"confirmed,omitempty"`
	Epoch     int64        `json:"-"`              // of the log, in which it was let in
	Waits     bool         `json:"waits"`          // for the desk to let it in, perhaps anew
	Ends      frame.Time   `json:"ends,omitempty"` // until then it was let in
	Digest    []byte       `json:"-"`              // of its token, under a key
	Drawn     frame.Time   `json:"drawn"`          // since when it has this token
	Used      frame.Time   `json:"used,omitempty"`
	UsedFrom  string       `json:"used_from,omitempty"` // network
	Revoked   frame.Time   `json:"revoked,omitempty"`
	Revoker   id.User      `json:"revoker,omitempty"`
	Version   int64        `json:"version"`

	// Of a program that reads.
	Quota       int64          `json:"quota,omitempty"`  // openings a day; 0: it only writes
	Day         int64          `json:"-"`                // on which it has opened
	Opened      int64          `json:"opened,omitempty"` // so many
	Keys        []byte         `json:"-"`                // its pairs under its master key
	Locks       []byte         `json:"-"`                // that, under its token
	Grants      keyring.Reader `json:"-"`
	Next        Step           `json:"next,omitempty"`    // whose word it waits for
	Officer     id.User        `json:"officer,omitempty"` // who granted as data-protection officer
	OfficerAt   frame.Time     `json:"officer_at,omitempty"`
	OfficerEnds frame.Time     `json:"officer_ends,omitempty"`
}

// Limits of service accounts.
const (
	DefaultDays  = 90
	mostDays     = 366
	mostPrograms = 100 // of a node
	mostAtDesk   = 20
	mostNetworks = 10
	renewWithin  = 30 // days before its end in which the desk may let a program in for another time, or a third of its time
)

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }

// tokenPrefix begins every token of a program, so that whoever finds one, a scanner of files say, knows what it is.
const tokenPrefix = "opentrm-service."

// IsToken reports whether a secret is that of a program, not of a session.
func IsToken(secret string) bool { return strings.HasPrefix(secret, tokenPrefix) }

func tokenOf(p id.User, raw []byte) string {
	return tokenPrefix + string(p) + "." + base64.RawURLEncoding.EncodeToString(raw)
}

// parseToken reads what tokenOf gave.
//
// It fails with [fault.Locked] "signin.program.wrong".
func parseToken(token string) (p id.User, raw []byte, err error) {
	wrong := fault.New(fault.Locked, "signin.program.wrong")
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	name, secret, found := strings.Cut(rest, ".")
	if !ok || !found || len(name) != 36 {
		return "", nil, wrong
	}
	raw, err = base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != seal.KeySize {
		return "", nil, wrong
	}
	return id.User(name), raw, nil
}

// digest is what is kept of a token. Without the key of the marks, which rests under node.secret, none can be made.
func digest(m keyring.Marks, p id.User, raw []byte) []byte {
	return m.Of("service-token", string(p), string(raw))
}

// is reports whether a token is that of p.
func (p Program) is(m keyring.Marks, raw []byte) bool {
	return len(p.Digest) > 0 && subtle.ConstantTimeCompare(p.Digest, digest(m, p.ID, raw)) == 1
}

// waits reports whether the desk has something to say: for the first time, because the log began anew after a restore, or because
// the time for which it let the program in is nearly over.
func (p Program) waits(epoch int64, now frame.Time) bool {
	switch p.State {
	case ProgramProposed:
		return true
	case ProgramActive:
		return p.Epoch != epoch || p.Ends <= now.Add(days(min(renewWithin, p.Days/3)))
	}
	return false
}

// admits says why a program with the right token may not come in.
func (p Program) admits(epoch int64, now frame.Time, address string, action access.Action) error {
	switch {
	case p.State != ProgramActive || p.Epoch != epoch:
		return fault.New(fault.Locked, "signin.program.unconfirmed")
	case p.Ends <= now:
		return fault.New(fault.Locked, "signin.program.over")
	case !within(p.Networks, address):
		return fault.New(fault.Denied, "signin.program.network")
	case !slices.ContainsFunc(p.Purposes, func(w Purpose) bool { return slices.Contains(w.actions(), action) }):
		return fault.New(fault.Denied, "signin.program.purpose")
	}
	return nil
}

// within reports whether an address lies in one of the networks; of none, every one does.
func within(networks []string, address string) bool {
	if len(networks) == 0 {
		return true
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	a = a.WithZone("").Unmap()
	return slices.ContainsFunc(networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return err == nil && p.Contains(a)
	})
}

// networks brings a list of addresses and networks to one form.
func networks(all []string) ([]string, error) {
	out := []string{}
	for _, n := range all {
		if n = strings.TrimSpace(n); n == "" {
			continue
		}
		p, err := netip.ParsePrefix(n)
		if a, alone := netip.ParseAddr(n); alone == nil {
			p, err = a.WithZone("").Unmap().Prefix(a.Unmap().BitLen())
		}
		if err != nil || p.Addr().Is4In6() || len(out) == mostNetworks {
			return nil, fault.New(fault.Invalid, "signin.program.field").With("field", "networks")
		}
		if s := p.Masked().String(); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, nil
}

// networkOf cuts an address to its network, as it is kept.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 24
	if a = a.WithZone("").Unmap(); a.Is6() {
		bits = 48
	}
	p, _ := a.Prefix(bits)
	return p.String()
}
