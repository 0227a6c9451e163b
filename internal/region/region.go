package region

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/stats"
)

// Row is a release as it is kept.
type Row struct {
	ID      string
	Heard   frame.Time
	Value   []byte
	Version int64 // 0: it is not there yet
}

// RowTx keeps regional releases.
type RowTx interface {
	// Region returns a release; one with version 0 if there is none.
	Region(ctx context.Context, release string) (Row, error)
	// Regions returns releases, the newest first, at most limit.
	Regions(ctx context.Context, limit int) ([]Row, error)
	// SetRegion keeps a release whose stored version is r.Version and raises it by one; [fault.Stale] if it is another.
	SetRegion(ctx context.Context, r Row) error
	// RegionLedger returns what this member has given, and its version; 0: nothing.
	RegionLedger(ctx context.Context) (value []byte, version int64, err error)
	// SetRegionLedger keeps it, as SetRegion does.
	SetRegionLedger(ctx context.Context, value []byte, version int64) error
}

// Tx is what regional releases need kept.
type Tx interface {
	exchange.Tx
	keyring.PepperTx
	stats.Tx
	RowTx
}

// Service is the use-cases of regional releases.
type Service struct {
	Write    func(context.Context, audit.Entry, func(Tx) error) error
	Read     func(context.Context, func(Tx) error) error
	Now      func() time.Time
	IDs      id.Maker
	Rand     io.Reader
	Member   id.Member
	Exchange *exchange.Service
	Vault    func(ctx context.Context, tx Tx) (keyring.Vault, error)
	// Persons returns what a count of persons has told of the months of a plan, or nil, as far as who may see it.
	Persons func(ctx context.Context, who access.Actor, p Plan) (*Persons, error)
}

// Release is what a member keeps of a release: its own part, and at the desk that asked the parts of all.
type Release struct {
	Plan     seal.Blob   `json:"plan"`
	Heard    frame.Time  `json:"heard"`
	Draft    *Draft      `json:"draft"`    // our table, which waits for a second person
	Given    []Part      `json:"given"`    // what we gave, the oldest first
	Declined string      `json:"declined"` // why we give nothing; empty: we may
	Parts    []Part      `json:"parts"`    // where it was asked: what came, in order of arrival
	Away     []Away      `json:"away"`     // where it was asked: who gives nothing
	Compiled *Compiled   `json:"compiled"` // where it was asked: waits for a second person
	Editions []seal.Blob `json:"editions"` // that were published, the oldest first
}

// Part is one contribution.
type Part struct {
	Member  id.Member  `json:"member"`
	Number  int64      `json:"number"` // from 1; the highest stands
	Counts  []int64    `json:"counts"`
	Persons seal.Blob  `json:"persons"`
	At      frame.Time `json:"at"`
	Late    bool       `json:"late"` // it came when the time was over
}

// Away says that a member gives nothing.
type Away struct {
	Member id.Member  `json:"member"`
	Reason string     `json:"reason"`
	At     frame.Time `json:"at"`
}

// Draft is a protected table that waits for a second person.
type Draft struct {
	Number int64      `json:"number"`
	Counts []int64    `json:"counts"`
	Error  int64      `json:"error"` // mean error of a cell, in hundredths
	Known  []Known    `json:"known"` // what it was attacked with
	Found  Examined   `json:"found"`
	By     id.User    `json:"by"`
	At     frame.Time `json:"at"`
}

// Compiled is a regional table that waits for a second person.
type Compiled struct {
	Result seal.Blob  `json:"result"`
	By     id.User    `json:"by"`
	At     frame.Time `json:"at"`
}

// mostKept bounds what is kept of a release.
const mostKept = 64 << 20

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

func resource(release string, maker id.User) access.Resource {
	return access.Resource{Noun: "region", ID: release, Realm: access.Office, Maker: maker}
}

// load returns a release and its plan.
//
// It fails with [fault.NotFound] "region.none".
func (s *Service) load(ctx context.Context, tx RowTx, release string) (Row, Release, Plan, error) {
	row, err := tx.Region(ctx, release)
	if err == nil && row.Version == 0 {
		err = fault.New(fault.NotFound, "region.none")
	}
	if err != nil {
		return row, Release{}, Plan{}, err
	}
	r, p, err := row.read()
	return row, r, p, err
}

func (row *Row) read() (r Release, p Plan, err error) {
	if err := frame.Decode(row.Value, mostKept, &r); err != nil {
		return r, p, fault.Wrap(fault.Internal, "region.kept", err)
	}
	if p, err = parsePlan(r.Plan); err != nil {
		return r, p, fault.Wrap(fault.Internal, "region.kept", err)
	}
	return r, p, nil
}

func (s *Service) save(ctx context.Context, tx RowTx, row Row, r Release) error {
	b, err := frame.Encode(r)
	if err != nil {
		return err
	}
	row.Value, row.Heard = b, r.Heard
	return tx.SetRegion(ctx, row)
}

func digest(b []byte) seal.Blob {
	d := sha256.Sum256(b)
	return d[:]
}

// send seals one envelope of a release.
//
// It fails as [exchange.Service.Seal] does.
func (s *Service) send(ctx context.Context, tx Tx, to id.Member, b body) error {
	if b.Counts == nil {
		b.Counts = []int64{}
	}
	raw, err := envelope.EncodeBody(b)
	if err != nil {
		return err
	}
	_, err = s.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Region, To: to, Body: raw})
	return err
}

// latest returns the contribution of a member that stands, or nil.
func (r *Release) latest(m id.Member) *Part {
	var out *Part
	for i := range r.Parts {
		if p := &r.Parts[i]; p.Member == m && (out == nil || p.Number > out.Number) {
			out = p
		}
	}
	return out
}

// ledger reads what this member has given.
func (s *Service) ledger(ctx context.Context, tx RowTx) (*disclosure.Ledger, int64, error) {
	l := &disclosure.Ledger{Version: 1}
	value, version, err := tx.RegionLedger(ctx)
	if err != nil || version == 0 {
		return l, version, err
	}
	if err := json.Unmarshal(value, l); err != nil {
		return nil, 0, fault.Wrap(fault.Internal, "region.kept", err)
	}
	return l, version, l.Check()
}

// settingKey is the key under which this member rounds, under the vault. It is the same for all releases and is never sent.
const settingKey = "region.key"

// key returns it, or draws it at first use.
func (s *Service) key(ctx context.Context, tx Tx, draw bool) ([]byte, error) {
	vault, err := s.Vault(ctx, tx)
	if err != nil {
		return nil, err
	}
	kept, err := tx.Setting(ctx, settingKey)
	if err == nil {
		return vault.Open(settingKey, kept)
	}
	if !fault.Is(err, fault.NotFound) || !draw {
		return nil, err
	}
	key := make([]byte, disclosure.MinKey)
	if _, err := io.ReadFull(s.Rand, key); err != nil {
		return nil, err
	}
	return key, tx.SetSetting(ctx, settingKey, vault.Seal(settingKey, key))
}

// List returns the releases that this member asked for or was asked for, the newest first, at most limit.
//
// It fails with [fault.Denied] for whoever may not see them.
func (s *Service) List(ctx context.Context, who access.Actor, limit int) (out []State, err error) {
	if err := access.Check(who, access.ShowRegion, resource("", "")); err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		rows, err := tx.Regions(ctx, limit)
		out = nil
		for _, row := range rows {
			r, p, err := row.read()
			if err != nil {
				return err
			}
			out = append(out, s.state(row, r, p))
		}
		return err
	})
	return out, err
}

// Show returns one release.
//
// It fails with [fault.Denied] for whoever may not see it, and [fault.NotFound] "region.none".
func (s *Service) Show(ctx context.Context, who access.Actor, release string) (out State, err error) {
	if err := access.Check(who, access.ShowRegion, resource(release, "")); err != nil {
		return State{}, err
	}
	err = s.Read(ctx, func(tx Tx) error {
		row, r, p, err := s.load(ctx, tx, release)
		out = s.state(row, r, p)
		return err
	})
	return out, err
}

// State is a release as people see it.
type State struct {
	Release
	Plan    Plan
	Version int64
	Ours    bool     // this member asked for it
	Asked   bool     // this member is asked to give
	Results []Result // that were published, the oldest first
	Next    *Result  // that waits for a second person
	Missing []id.Member
	Behind  bool // a contribution came since the last edition
}

func (s *Service) state(row Row, r Release, p Plan) State {
	st := State{Release: r, Plan: p, Version: row.Version, Ours: p.Asker == s.Member, Asked: slices.Contains(p.Members, s.Member)}
	for _, e := range r.Editions {
		if one, err := parseResult(e); err == nil {
			st.Results = append(st.Results, one)
		}
	}
	if r.Compiled != nil {
		if one, err := parseResult(r.Compiled.Result); err == nil {
			st.Next = &one
		}
	}
	if !st.Ours {
		return st
	}
	for _, m := range p.Members {
		if r.latest(m) == nil && !slices.ContainsFunc(r.Away, func(a Away) bool { return a.Member == m }) {
			st.Missing = append(st.Missing, m)
		}
	}
	if n := len(st.Results); n > 0 {
		st.Behind = !st.Results[n-1].stands(&r)
	}
	return st
}
