package stats

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// SnapshotName names the form of a [Snapshot]: spec/snapshot.md.
const SnapshotName = "opentrm/snapshot/1"

// mostSnapshot is how many bytes a snapshot has at most.
const mostSnapshot = 16 << 20

// Snapshot is what was reported once: the table with its numbers, what it asked for and in which codes, and the facts, without identifiers and
// months, from which they come. So the same numbers can be made again when the law, the codes or the facts have long changed.
type Snapshot struct {
	Schema  string          `json:"schema"` // SnapshotName
	Member  id.Member       `json:"member"`
	At      frame.Time      `json:"at"`
	By      id.User         `json:"by"`
	Version string          `json:"version"` // of the tables
	Table   Table           `json:"table"`
	Scheme  Scheme          `json:"scheme"`
	Base    []Alike         `json:"base"`
	Filled  Filled          `json:"filled"`
	Signer  seal.SignPublic `json:"signer"`
}

// Frozen is a snapshot as it is kept and handed on.
type Frozen struct {
	Digest    string // SHA-256 of the body, in hexadecimal: what it is called
	Body      []byte // canonical JSON of a Snapshot
	Signature seal.Signature
}

// Listed is a snapshot in a list.
type Listed struct {
	Digest string     `json:"digest"`
	Table  string     `json:"table"`
	Year   int        `json:"year"`
	At     frame.Time `json:"at"`
	By     id.User    `json:"by"`
}

// Held is a snapshot that was examined.
type Held struct {
	Frozen
	Snapshot Snapshot
	Today    Filled // what the facts of today give, by the table of the snapshot
	Same     bool   // it is what the snapshot says
}

// Signer is who signs: a person who is signed in.
type Signer interface {
	Signer() (seal.SignPublic, error)
	Sign(domain seal.Domain, msg []byte) (seal.Signature, error)
}

// digest is what a body is called.
func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// ParseSnapshot reads a snapshot and examines all of it: its form, its signature by the key that it names, and that its table follows from
// its facts. Whose key that is, the reader has to know.
//
// It fails with [fault.Invalid] "stats.snapshot.form" naming what does not hold, and as [frame.Decode].
func ParseSnapshot(body []byte, signature seal.Signature) (Snapshot, error) {
	wrong := func(what string, err error) error {
		return fault.Wrap(fault.Invalid, "stats.snapshot.form", err).With("field", what)
	}
	var s Snapshot
	if err := frame.Decode(body, mostSnapshot, &s); err != nil {
		return Snapshot{}, err
	}
	if s.Schema != SnapshotName || s.Table.Scheme != s.Scheme.ID || s.Filled.Table != s.Table.ID || s.Filled.Version != s.Version {
		return Snapshot{}, wrong("schema", nil)
	}
	for i, a := range s.Base {
		if a.Count < 1 || a.Year != s.Filled.Year || i > 0 && compareAlike(s.Base[i-1], a) >= 0 {
			return Snapshot{}, wrong("base", nil)
		}
	}
	if err := s.Signer.Verify(seal.DomainSnapshot, body, signature); err != nil {
		return Snapshot{}, wrong("signature", err)
	}
	again, err := Fill(s.Table, s.Scheme, s.Version, s.Filled.Year, s.Base)
	if err != nil || !same(again, s.Filled) {
		return Snapshot{}, wrong("filled", err)
	}
	return s, nil
}

// same reports whether two tables say the same.
func same(a, b Filled) bool { return reflect.DeepEqual(a, b) }

// Freeze fills a table, signs it as who is signed in, and keeps it for ever.
//
// It fails as [Service.Fill] for whoever may not freeze, with [fault.Locked] if her keys are not open, and with [fault.Conflict]
// "stats.snapshot.there" if the same was frozen in the same moment.
func (s *Service) Freeze(ctx context.Context, who access.Actor, by Signer, table string, year int) (Frozen, error) {
	if err := access.Check(who, access.FreezeFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return Frozen{}, err
	}
	known, err := TablesKnown()
	if err != nil {
		return Frozen{}, err
	}
	snap := Snapshot{Schema: SnapshotName, Member: who.Member, By: who.User, At: frame.At(s.Now()), Version: known.Version}
	if snap.Table, snap.Scheme, err = known.Called(table); err != nil {
		return Frozen{}, err
	}
	if year < 1990 || year > 2199 {
		return Frozen{}, fault.New(fault.Invalid, "stats.years")
	}
	if snap.Signer, err = by.Signer(); err != nil {
		return Frozen{}, err
	}
	var f Frozen
	err = s.Write(ctx, audit.Did(who, access.FreezeFact, table), func(tx Tx) error {
		base, err := alike(ctx, tx, year, year)
		if err != nil {
			return err
		}
		snap.Base = append([]Alike{}, base...)
		if snap.Filled, err = Fill(snap.Table, snap.Scheme, snap.Version, year, snap.Base); err != nil {
			return err
		}
		if f.Body, err = frame.Encode(snap); err != nil {
			return err
		}
		f.Digest = digest(f.Body)
		if f.Signature, err = by.Sign(seal.DomainSnapshot, f.Body); err != nil {
			return err
		}
		return tx.AddSnapshot(ctx, Listed{f.Digest, table, year, snap.At, snap.By}, f)
	})
	return f, err
}

// Snapshots lists what was frozen, the youngest first.
//
// It fails with [fault.Denied] if who may not read facts.
func (s *Service) Snapshots(ctx context.Context, who access.Actor) ([]Listed, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return nil, err
	}
	all := []Listed{}
	err := s.Read(ctx, func(tx Tx) error {
		more, err := tx.Snapshots(ctx)
		all = append(all, more...)
		return err
	})
	return all, err
}

// Snapshot returns what was frozen, after it was examined as [ParseSnapshot] does, beside what the facts of today would give.
//
// It fails with [fault.Denied] if who may not read facts, [fault.NotFound] "stats.snapshot.none", and as [ParseSnapshot].
func (s *Service) Snapshot(ctx context.Context, who access.Actor, name string) (Held, error) {
	if err := access.Check(who, access.ReadFact, access.Resource{Noun: "fact", Realm: access.Assistance}); err != nil {
		return Held{}, err
	}
	var h Held
	err := s.Read(ctx, func(tx Tx) (err error) {
		if h.Frozen, err = tx.Snapshot(ctx, name); fault.Is(err, fault.NotFound) {
			return fault.Wrap(fault.NotFound, "stats.snapshot.none", err)
		}
		if err != nil {
			return err
		}
		if digest(h.Body) != name {
			return fault.New(fault.Invalid, "stats.snapshot.form").With("field", "digest")
		}
		if h.Snapshot, err = ParseSnapshot(h.Body, h.Signature); err != nil {
			return err
		}
		year := h.Snapshot.Filled.Year
		base, err := alike(ctx, tx, year, year)
		if err != nil {
			return err
		}
		h.Today, err = Fill(h.Snapshot.Table, h.Snapshot.Scheme, h.Snapshot.Version, year, base)
		h.Same = same(h.Today, h.Snapshot.Filled)
		return err
	})
	return h, err
}
