package signin

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// What a program that reads may read.
const (
	ReadCases   Purpose = "cases"   // list the cases of the desk and open their files
	ReadPersons Purpose = "persons" // list them, and see who she is and her safe-contact card without numbers
)

// How much a program that reads opens in a day.
const (
	DefaultQuota = 100
	mostQuota    = 5000
)

// Reads reports whether p is a program that reads.
func (p Program) Reads() bool {
	return slices.Contains(p.Purposes, ReadCases) || slices.Contains(p.Purposes, ReadPersons)
}

func (p Program) kinds() []string {
	all := make([]string, len(p.Purposes))
	for i, w := range p.Purposes {
		all[i] = string(w)
	}
	return all
}

// pairs gives a program that reads its own pairs of keys, under its token. What was granted to the ones before is granted no more.
func (s *Service) pairs(p *Program, token []byte) error {
	keys, master := seal.NewUserKeys(s.Rand), seal.NewKey(s.Rand)
	defer keys.Wipe()
	defer master.Wipe()
	lock, err := seal.TokenLock(p.ID, master, token, s.Pepper)
	if err != nil {
		return err
	}
	if p.Locks, err = seal.EncodeLocks([]seal.Lock{lock}); err != nil {
		return err
	}
	p.Keys = keys.Lock(master, string(s.Member), string(p.ID))
	p.Grants = keyring.Reader{User: p.ID, Desk: p.Desk, KEM: keys.KEM.Public().Bytes()}
	return nil
}

// unlocked opens the pairs of a program that reads with its token; moved is its locks under the present pepper, nil if they are.
func (s *Service) unlocked(p Program, token []byte) (keys seal.UserKeys, moved []byte, err error) {
	wrong := fault.New(fault.Locked, "signin.program.wrong")
	locks, err := seal.ParseLocks(p.Locks)
	if err != nil || len(locks) != 1 {
		return keys, nil, wrong
	}
	for i, pepper := range append([]seal.Key{s.Pepper}, s.Former...) {
		master, err := locks[0].OpenStrong(p.ID, token, pepper)
		if err != nil {
			continue
		}
		defer master.Wipe()
		if i > 0 {
			lock, err := seal.TokenLock(p.ID, master, token, s.Pepper)
			if err != nil {
				return keys, nil, err
			}
			if moved, err = seal.EncodeLocks([]seal.Lock{lock}); err != nil {
				return keys, nil, err
			}
		}
		keys, err = seal.UnlockUserKeys(master, p.Keys, string(s.Member), string(p.ID))
		if err != nil {
			return keys, nil, wrong
		}
		return keys, moved, nil
	}
	return keys, nil, wrong
}

// Step says whose word a program that reads waits for.
type Step string

// The steps.
const (
	OfficerNext Step = "officer" // the data-protection officer
	DeskNext    Step = "desk"    // a member of the desk, after her
)

// step says who is to grant next: the data-protection officer before the desk, and both anew before their time is over.
func (p Program) step(officer, at keyring.Reading, epoch int64, now frame.Time) Step {
	soon := now.Add(days(min(renewWithin, p.Days/3)))
	due := func(g keyring.Reading) bool { return g.User == "" || g.Epoch != epoch || g.Until <= soon }
	switch {
	case p.State == ProgramRevoked:
		return ""
	case due(officer):
		return OfficerNext
	case due(at):
		return DeskNext
	}
	return ""
}

// granted completes what is shown of a program that reads, by what its two grants say. That of the desk is proven when its keys are open.
func (s *Service) granted(ctx context.Context, tx Tx, p *Program, epoch int64) error {
	officer, _, err := s.Keys.OfficerIn(ctx, tx, p.Grants)
	if err != nil {
		return err
	}
	at, _ := keyring.ParseReading([]byte(p.Grants.ByDesk)) // the zero grant is of nobody
	p.Officer, p.OfficerAt, p.OfficerEnds = officer.By, officer.At, officer.Until
	p.Next = p.step(officer, at, epoch, s.now())
	p.Waits = p.Next != ""
	return nil
}

// ApproveReader is the word of one of the two who let a program read: the data-protection officer first, then a member of the desk, who seals the
// keys of the desk to it. Each signs what it may read, how much a day and until when. Neither has proposed it, and they are two people.
//
// It fails with [fault.Denied], [fault.NotFound], [fault.Stale], [fault.Locked] without keys, and [fault.Conflict] "signin.program.not-now" if it is not hers to say now.
func (s *Service) ApproveReader(ctx context.Context, by keyring.Bearer, program id.User, seen int64) (Program, error) {
	return s.changeProgram(ctx, by.Actor, access.ApproveReaderToken, program, seen, func(tx Tx, p Program) (Program, error) {
		not := fault.New(fault.Conflict, "signin.program.not-now")
		head, err := tx.AuditHead(ctx)
		if err != nil {
			return Program{}, err
		}
		at, err := tx.Desk(ctx, p.Desk)
		if err != nil {
			return Program{}, err
		}
		if !p.Reads() || !readable(at) {
			return Program{}, not
		}
		if err := s.granted(ctx, tx, &p, head.Epoch); err != nil {
			return Program{}, err
		}
		g := keyring.Reading{
			Desk: p.Desk, User: p.ID, Kinds: p.kinds(), Networks: p.Networks, Quota: p.Quota, Epoch: head.Epoch, Until: s.now().Add(days(p.Days)),
		}
		if g.Key, err = keyOf(p.Grants.KEM); err != nil {
			return Program{}, err
		}
		if by.Role == access.DataProtectionOfficer {
			if p.Next != OfficerNext {
				return Program{}, not
			}
			if err := s.Keys.OfficerLetsIn(ctx, tx, by, &p.Grants, g); err != nil {
				return Program{}, err
			}
			return p, s.told(ctx, tx, p, s.ProgramWaits)
		}
		if p.Next != DeskNext || by.User == p.Officer {
			return Program{}, not
		}
		if err := s.Keys.DeskLetsIn(ctx, tx, by, &p.Grants, g); err != nil {
			return Program{}, err
		}
		p.State, p.Confirmer, p.Confirmed, p.Epoch, p.Ends = ProgramActive, by.User, s.now(), head.Epoch, min(g.Until, p.OfficerEnds)
		return p, s.told(ctx, tx, p, s.ProgramSettled)
	})
}

func keyOf(kem []byte) (id.Key, error) {
	public, err := seal.ParseKEMPublic(kem)
	if err != nil {
		return "", err
	}
	return public.ID(), nil
}

// readable reports whether programs may read at a desk: one of assistance that holds nothing for others.
func readable(d desk.Desk) bool {
	return d.State == desk.Active && d.Kind == desk.AtNode && d.Realm == access.Assistance && d.Purpose == desk.Ordinary
}

// shut takes what was sealed to a program away, and what both have granted.
func (s *Service) shut(ctx context.Context, tx Tx, p *Program) error {
	p.Grants.ByDesk, p.Grants.DeskProof, p.Grants.ByOfficer, p.Grants.OfficerMark = "", "", "", ""
	if err := tx.SetReader(ctx, p.Grants); err != nil { // at once: a new generation of the desk in this transaction carries it no further
		return err
	}
	return tx.DropWraps(ctx, p.Desk, p.ID)
}

// LapseReaders takes what was sealed to programs away whose time to read is over, and asks both anew. It opens nothing and runs unattended.
func (s *Service) LapseReaders(ctx context.Context) (int, error) {
	var over []Program
	if err := s.Read(ctx, func(tx Tx) error {
		all, err := tx.Programs(ctx)
		for _, p := range all {
			if p.Reads() && p.State == ProgramActive && p.Ends <= s.now() {
				over = append(over, p)
			}
		}
		return err
	}); err != nil {
		return 0, err
	}
	for i, p := range over {
		err := s.Write(ctx, audit.Did(access.Node(s.Member), access.RevokeToken, string(p.ID)).For("lapsed"), func(tx Tx) error {
			if err := s.shut(ctx, tx, &p); err != nil {
				return err
			}
			p.State = ProgramProposed
			if err := tx.SetProgram(ctx, p); err != nil {
				return err
			}
			return s.told(ctx, tx, p, s.ProgramWaits)
		})
		if err != nil && !fault.Is(err, fault.Stale) { // somebody has just done something with it
			return i, err
		}
	}
	return len(over), nil
}

// enterReader lets a program that reads come in with its own keys, for what both have granted, and counts what it opens.
func (s *Service) enterReader(ctx context.Context, p Program, raw []byte, address string, way Way) (keyring.Bearer, error) {
	keys, moved, err := s.unlocked(p, raw)
	if err != nil {
		return keyring.Bearer{}, err
	}
	who := s.program(p)
	who.Granted = true
	by := keyring.NewBearer(who, &keys)
	var g keyring.Reading
	err = s.Read(ctx, func(tx Tx) (err error) {
		g, err = s.Keys.ReaderIn(ctx, tx, by, p.Grants)
		if err != nil {
			return err
		}
		head, err := tx.AuditHead(ctx)
		if err == nil && head.Epoch != g.Epoch {
			err = fault.New(fault.Locked, "signin.program.unconfirmed")
		}
		return err
	})
	if err == nil {
		err = admitsReader(g, address, way)
	}
	if err == nil && way.Action != access.ListCase && way.Action != access.KnowCase {
		var n int64
		err = s.Touch(ctx, func(tx TouchTx) (err error) {
			n, err = tx.CountProgram(ctx, p.ID, audit.DayOf(s.now()))
			return err
		})
		if err == nil && n > g.Quota {
			err = fault.New(fault.Unavailable, "signin.program.full")
			if told := s.full(ctx, p, way.Action, n == g.Quota+1, err); told != nil {
				err = told
			}
		}
	}
	if err == nil && moved != nil {
		p.Locks = moved
		err = s.Write(ctx, audit.Did(access.Node(s.Member), access.UseToken, string(p.ID)).For("moved"), func(tx Tx) error { return tx.SetProgram(ctx, p) })
		if fault.Is(err, fault.Stale) {
			err = nil // the next time
		}
	}
	if err != nil {
		by.Wipe()
		return keyring.Bearer{}, err
	}
	return by, nil
}

// full writes down, once a day, that a program has opened as much as it may, and has whoever watches over data told.
func (s *Service) full(ctx context.Context, p Program, action access.Action, first bool, refused error) error {
	if !first {
		return nil
	}
	return s.Write(ctx, audit.Did(s.program(p), access.UseToken, string(p.ID)).For(string(action)).Ended(refused), func(tx Tx) error {
		return s.told(ctx, tx, p, s.ProgramOver)
	})
}

// admitsReader says why a program whose grants hold may not do that.
func admitsReader(g keyring.Reading, address string, way Way) error {
	switch {
	case !within(g.Networks, address):
		return fault.New(fault.Denied, "signin.program.network")
	case !way.Reads || !slices.ContainsFunc(g.Kinds, func(k string) bool { return slices.Contains(Purpose(k).actions(), way.Action) }):
		return fault.New(fault.Denied, "signin.program.purpose")
	}
	return nil
}
