package region

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// What a result says of a member.
const (
	Given    = "given"
	Missing  = "missing"  // it has given nothing, and said nothing
	Declined = "declined" // it has said that it gives nothing
)

// TwiceCounted is the caveat of a table of the region without a count of persons: who was registered in two countries is in it twice.
const TwiceCounted = "counted-twice"

// Result is one edition of a regional release. Its counts are sums of what members gave, and nothing else.
type Result struct {
	Schema   string     `json:"schema"`
	Edition  int64      `json:"edition"` // from 1
	Before   string     `json:"before"`  // SHA-256 of the edition before, in hex; empty: there is none
	Plan     Plan       `json:"plan"`
	Members  []Taken    `json:"members"` // all that were asked
	Counts   []int64    `json:"counts"`  // inner cells of the region: of those that gave
	Persons  *Persons   `json:"persons"` // how many different persons; null: no count says it
	Caveat   string     `json:"caveat"`  // empty, or why the counts are not of different persons
	Found    Examined   `json:"found"`
	Known    []Known    `json:"known"` // what it was attacked with, beside what members gave
	Compiled frame.Time `json:"compiled"`
}

// Taken is what a result has of a member.
type Taken struct {
	Member id.Member `json:"member"`
	State  string    `json:"state"`
	Reason string    `json:"reason"` // of who declined
	Number int64     `json:"number"` // of the contribution; 0: none
	Late   bool      `json:"late"`
	Counts []int64   `json:"counts"` // empty: none
}

// parseResult reads an edition strictly, and adds it up again.
//
// It fails with [fault.Invalid], and [fault.TooLarge].
func parseResult(b []byte) (r Result, err error) {
	if err := frame.Decode(b, mostText, &r); err != nil {
		return Result{}, err
	}
	if r.Schema != resultTag || r.Edition < 1 {
		return Result{}, wrong("schema")
	}
	if err := r.Plan.check(); err != nil {
		return Result{}, err
	}
	if len(r.Members) != len(r.Plan.Members) {
		return Result{}, wrong("members")
	}
	sum := r.Plan.cube().Counts
	for i, m := range r.Members {
		given := m.State == Given && m.Number > 0 && len(m.Counts) == len(sum) && r.Plan.protected(m.Counts, nil)
		none := (m.State == Missing || m.State == Declined) && m.Number == 0 && len(m.Counts) == 0
		if m.Member != r.Plan.Members[i] || !given && !none {
			return Result{}, wrong("members")
		}
		for at, n := range m.Counts {
			sum[at] += n
		}
	}
	if !slices.Equal(sum, r.Counts) {
		return Result{}, wrong("counts")
	}
	if (r.Persons == nil) != (r.Caveat == TwiceCounted) || r.Persons != nil && r.Caveat != "" {
		return Result{}, wrong("caveat")
	}
	return r, nil
}

// Cells returns every cell of the region with all its sums.
func (r *Result) Cells() (dimensions []disclosure.Dimension, cells []disclosure.Cell) {
	c := r.Plan.cube()
	c.Counts = r.Counts
	return c.Dimensions, c.Cells()
}

// stands reports whether no contribution came since.
func (r *Result) stands(now *Release) bool {
	for _, m := range r.Members {
		p := now.latest(m.Member)
		if (p == nil) != (m.Number == 0) || p != nil && p.Number != m.Number {
			return false
		}
	}
	return true
}

// Ask sends a plan to every member that it names. A member may ask, and be one of them; so may the secretariat, which gives nothing.
//
// It fails with [fault.Denied] for whoever may not, [fault.Invalid] "region.field" naming the field, or "region.stranger" naming a member that cannot be
// asked, and as [exchange.Service.Seal] does.
func (s *Service) Ask(ctx context.Context, who access.Actor, a Asking) (string, error) {
	if err := access.Check(who, access.AskRegion, resource("", "")); err != nil {
		return "", err
	}
	p := Plan{
		Schema: planTag, Release: string(id.Random[id.Thread](s.IDs)), Asker: s.Member, From: a.From, To: a.To, Questions: append([]string{}, a.Questions...), Base: a.Base,
		Members: slices.Sorted(slices.Values(a.Members)), Until: a.Until,
	}
	if err := p.check(); err != nil {
		return "", err
	}
	if p.Until <= s.now() {
		return "", wrong("until")
	}
	plan, err := frame.Encode(p)
	if err != nil {
		return "", err
	}
	err = s.Write(ctx, audit.Did(who, access.AskRegion, p.Release), func(tx Tx) error {
		if err := s.taking(ctx, tx, &p); err != nil {
			return err
		}
		for _, m := range p.Members {
			if m == s.Member {
				continue
			}
			b := body{Step: ask, Release: p.Release, Plan: plan, Digest: seal.Blob{}, Persons: seal.Blob{}, Result: seal.Blob{}}
			if err := s.send(ctx, tx, m, b); err != nil {
				return err
			}
		}
		return s.save(ctx, tx, Row{ID: p.Release}, Release{Plan: plan, Heard: s.now()})
	})
	return p.Release, err
}

// taking judges who asks and who is asked: countries give; a country or the secretariat asks.
func (s *Service) taking(ctx context.Context, tx Tx, p *Plan) error {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	stranger := func(m id.Member) error { return fault.New(fault.Invalid, "region.stranger").With("member", string(m)) }
	asker, ok := held.Signed.Roster.Find(p.Asker)
	if !ok || asker.Status != member.Active || asker.Kind != member.Country && asker.Kind != member.Secretariat {
		return stranger(p.Asker)
	}
	for _, m := range p.Members {
		if x, ok := held.Signed.Roster.Find(m); !ok || x.Status != member.Active || x.Kind != member.Country {
			return stranger(m)
		}
	}
	return nil
}

// take adds a contribution. The same one twice changes nothing, and reports so; an earlier number that comes late is kept and does not stand.
//
// It fails with [fault.Invalid] "region.unprotected", and [fault.Conflict] "region.number" if the number was given with other counts.
func (r *Release) take(p *Plan, part Part) error {
	if len(part.Counts) != len(p.cube().Counts) || !p.protected(part.Counts, nil) {
		return fault.New(fault.Invalid, "region.unprotected")
	}
	var before *Part
	for i := range r.Parts {
		one := &r.Parts[i]
		switch {
		case one.Member != part.Member:
		case one.Number == part.Number && slices.Equal(one.Counts, part.Counts):
			return nil
		case one.Number == part.Number:
			return fault.New(fault.Conflict, "region.number")
		case one.Number == part.Number-1:
			before = one
		}
	}
	if before != nil && !p.protected(part.Counts, before.Counts) {
		return fault.New(fault.Invalid, "region.unprotected")
	}
	r.Parts = append(r.Parts, part)
	r.Away = slices.DeleteFunc(r.Away, func(a Away) bool { return a.Member == part.Member })
	return nil
}

// away notes that a member gives nothing, once; not if it has given.
func (r *Release) away(a Away) {
	if r.latest(a.Member) == nil {
		r.Away = append(slices.DeleteFunc(r.Away, func(o Away) bool { return o.Member == a.Member }), a)
	}
}

// compile adds up what stands.
func (r *Release) compile(p *Plan) Result {
	out := Result{Schema: resultTag, Edition: int64(len(r.Editions)) + 1, Plan: *p, Counts: p.cube().Counts, Caveat: TwiceCounted}
	if n := len(r.Editions); n > 0 {
		out.Before = hex.EncodeToString(digest(r.Editions[n-1]))
	}
	contradict := false
	for _, m := range p.Members {
		t := Taken{Member: m, State: Missing, Counts: []int64{}}
		if i := slices.IndexFunc(r.Away, func(a Away) bool { return a.Member == m }); i >= 0 {
			t.State, t.Reason = Declined, r.Away[i].Reason
		}
		if part := r.latest(m); part != nil {
			t = Taken{Member: m, State: Given, Number: part.Number, Late: part.Late, Counts: part.Counts}
			for at, n := range part.Counts {
				out.Counts[at] += n
			}
			if told, err := parsePersons(part.Persons); err == nil && told != nil && slices.Contains(told.Members, m) {
				contradict = contradict || out.Persons != nil && !out.Persons.same(told)
				out.Persons = told
			}
		}
		out.Members = append(out.Members, t)
	}
	// A count says something of this table if it was made by those that are in it, and all who tell of it tell the same.
	if out.Persons != nil {
		for _, t := range out.Members {
			if contradict = contradict || (t.State == Given) != slices.Contains(out.Persons.Members, t.Member); contradict {
				break
			}
		}
	}
	if contradict {
		out.Persons = nil
	}
	if out.Persons != nil {
		out.Caveat = ""
	}
	return out
}

// Compile adds up what members gave, and attacks it together with what they gave before, with other releases of the same months that were compiled here, and
// with what is known beside it. It goes to nobody before a second person has approved.
//
// It fails with [fault.Denied] for whoever may not; [fault.NotFound] "region.none"; [fault.Conflict] "region.turn" if another member asked, "region.few" if
// fewer than two gave, "region.unchanged" if nothing came since the last edition, and "region.unsafe" if it would give a small count away; and
// [fault.Invalid] "region.field".
func (s *Service) Compile(ctx context.Context, who access.Actor, release string, known []Known) error {
	if err := access.Check(who, access.CompileRegion, resource(release, "")); err != nil {
		return err
	}
	if len(known) > MostCells {
		return wrong("known")
	}
	return s.Write(ctx, audit.Did(who, access.CompileRegion, release), func(tx Tx) error {
		row, r, p, err := s.load(ctx, tx, release)
		if err != nil {
			return err
		}
		if p.Asker != s.Member {
			return fault.New(fault.Conflict, "region.turn")
		}
		out := r.compile(&p)
		gave := 0
		for _, t := range out.Members {
			if t.State == Given {
				gave++
			}
		}
		if gave < 2 {
			return fault.New(fault.Conflict, "region.few")
		}
		if n := len(r.Editions); n > 0 {
			if last, err := parseResult(r.Editions[n-1]); err == nil && last.stands(&r) {
				return fault.New(fault.Conflict, "region.unchanged")
			}
		}
		if out.Found, err = s.examine(ctx, tx, &r, &p, known); err != nil {
			return err
		}
		if !out.Found.Safe() {
			return unsafe(out.Found)
		}
		out.Known, out.Compiled = append([]Known{}, known...), s.now()
		b, err := frame.Encode(out)
		if err != nil {
			return err
		}
		if _, err := parseResult(b); err != nil {
			return fault.Wrap(fault.Internal, "region.kept", err)
		}
		r.Compiled = &Compiled{Result: b, By: who.User, At: s.now()}
		return s.save(ctx, tx, row, r)
	})
}

// mostReleases is how many releases of other plans are looked at.
const mostReleases = 1000

// examine attacks what members gave, of all releases that were compiled here and count persons of the same months.
func (s *Service) examine(ctx context.Context, tx Tx, r *Release, p *Plan, known []Known) (Examined, error) {
	rows, err := tx.Regions(ctx, mostReleases)
	if err != nil {
		return Examined{}, err
	}
	var all []shown
	add := func(r *Release, p *Plan, published bool) {
		for _, m := range p.Members {
			var parts []Part
			for _, one := range r.Parts {
				if one.Member == m {
					parts = append(parts, one)
				}
			}
			slices.SortFunc(parts, func(a, b Part) int { return int(a.Number - b.Number) })
			var series [][]int64
			for _, one := range parts {
				series = append(series, one.Counts)
			}
			if len(series) > 0 {
				all = append(all, shown{p, m, series})
			}
		}
	}
	for _, row := range rows {
		if row.ID == p.Release {
			continue
		}
		other, plan, err := row.read()
		if err != nil {
			return Examined{}, err
		}
		if plan.Asker == s.Member && len(other.Editions) > 0 && near(&plan, p) {
			add(&other, &plan, true)
		}
	}
	add(r, p, false)
	return siege(ctx, all, known)
}

// Publish makes an edition of what was compiled and sends it to all members that were asked. Who compiled it cannot publish it.
//
// It fails with [fault.Denied] for whoever may not, who compiled it among them; [fault.NotFound] "region.none"; [fault.Conflict] "region.turn" if nothing was
// compiled; and [fault.Stale] "region.changed" if a contribution came since.
func (s *Service) Publish(ctx context.Context, who access.Actor, release string) error {
	return s.Write(ctx, audit.Did(who, access.PublishRegion, release), func(tx Tx) error {
		row, r, p, err := s.load(ctx, tx, release)
		if err != nil {
			return s.deniedFirst(who, access.PublishRegion, release, err)
		}
		maker := who.User
		if r.Compiled != nil {
			maker = r.Compiled.By
		}
		if err := access.Check(who, access.PublishRegion, resource(release, maker)); err != nil {
			return err
		}
		if r.Compiled == nil {
			return fault.New(fault.Conflict, "region.turn")
		}
		out, err := parseResult(r.Compiled.Result)
		if err != nil {
			return fault.Wrap(fault.Internal, "region.kept", err)
		}
		if !out.stands(&r) {
			return fault.New(fault.Stale, "region.changed")
		}
		r.Editions, r.Compiled = append(r.Editions, r.Compiled.Result), nil
		for _, m := range p.Members {
			if m == s.Member {
				continue
			}
			b := body{Step: told, Release: release, Plan: seal.Blob{}, Digest: digest(r.Plan), Persons: seal.Blob{}, Result: r.Editions[len(r.Editions)-1]}
			if err := s.send(ctx, tx, m, b); err != nil && !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
				return err // who is blocked, suspended or gone meanwhile hears nothing
			}
		}
		return s.save(ctx, tx, row, r)
	})
}
