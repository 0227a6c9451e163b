package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/doctor"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
)

// backupLate is the age from which the last backup is looked at: the runbook has one made every day.
const backupLate = 48 * time.Hour

// examination collects what is found.
type examination struct {
	*Node
	who access.Actor
	all []doctor.Finding
}

// Examine looks at what a node can see of itself, while it runs or from its files. It reads as much of the database as it is told.
//
// It fails with [fault.Denied] if who may not examine the node, and as the storage fails.
func (n *Node) Examine(ctx context.Context, who access.Actor, read store.Reading) ([]doctor.Finding, error) {
	if err := access.Check(who, access.DoctorNode, access.Resource{Noun: "node", Realm: access.Office}); err != nil {
		return nil, err
	}
	x := &examination{Node: n, who: who}
	for _, look := range []func(context.Context) error{
		func(ctx context.Context) error { return x.database(ctx, read) }, x.backups, x.recovery, x.keysDue, x.certificate, x.index, x.network, x.law, x.hearing, x.work,
	} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return x.all, nil
}

// examined remembers what the node finds wrong with itself, for the home of who looks after it: it is opened often, and an examination
// takes longer than a page may.
func (n *Node) examined(ctx context.Context) (int, error) {
	all, err := n.look(ctx, access.Node(n.Member))
	if err == nil {
		n.seen.Store(&doctor.Seen{At: frame.At(n.Config.Now()), All: all})
	}
	return 0, err
}

// lately is what the last examination found.
func (n *Node) lately() doctor.Seen {
	if s := n.seen.Load(); s != nil {
		return *s
	}
	return doctor.Seen{}
}

// look examines the node in the time of a page.
func (n *Node) look(ctx context.Context, who access.Actor) ([]doctor.Finding, error) {
	return n.Examine(ctx, who, store.Little)
}

func (x *examination) add(code string, wrong doctor.State, is bool, text string, at frame.Time) {
	state := doctor.OK
	if is {
		state = wrong
	}
	x.all = append(x.all, doctor.Finding{Code: code, State: state, Text: text, Time: at})
}

// due says by when something has to be done about what was added last.
func (x *examination) due(at frame.Time) { x.all[len(x.all)-1].Due = at }

func (x *examination) database(ctx context.Context, read store.Reading) error {
	h, err := x.DB.Health(ctx, read)
	if err != nil {
		return err
	}
	x.add("engine", doctor.Look, false, fmt.Sprintf("%s %s, %d MB", h.Engine, h.Version, h.Bytes>>20), 0)
	x.add("schema", doctor.Look, false, strconv.FormatInt(h.Schema, 10), 0)
	for _, f := range h.Findings {
		state := doctor.Look
		if f.Bad {
			state = doctor.Bad
		}
		x.add(f.Key, state, true, f.Value, 0)
	}
	dir := h.Place
	if dir == "" {
		dir = x.Config.Dir
	}
	if free, all, known := room(dir); known {
		state := doctor.Free(free, all)
		x.add("disk", state, state != doctor.OK, fmt.Sprintf("%d / %d MB", free>>20, all>>20), 0)
	}
	now := x.Config.Now()
	x.add("clock", doctor.Bad, now.Year() < 2025, "", frame.At(now))
	return nil
}

// backups says when the last pair of archives was begun, as far as the newest part of the log tells.
func (x *examination) backups(ctx context.Context) error {
	var last frame.Time
	err := x.Audit.Read(ctx, func(r audit.Reader) error {
		made, err := audit.Latest(ctx, r, access.MakeBackup, 20)
		for _, l := range made {
			if l.Entry.Object != "erasures" && l.Entry.Outcome == audit.OutcomeDone { // the list of erasures alone restores nothing
				last = max(last, l.Entry.Time)
			}
		}
		return err
	})
	x.add("backup", doctor.Look, last.Add(backupLate) < frame.At(x.Config.Now()), "", last)
	x.due(last.Add(backupLate))
	return err
}

func (x *examination) recovery(ctx context.Context) error {
	r, err := x.Keyring.RecoveryState(ctx, x.who)
	if err != nil {
		return err
	}
	x.add("drill", doctor.Look, r.Drilled == 0, "", r.Drilled)
	if r.Generation > 0 {
		x.add("escrow", doctor.Bad, r.Escrowed == 0, "", r.Escrowed)
		x.add("papers", doctor.Look, len(r.Papers) < r.Threshold, fmt.Sprintf("%d / %d", len(r.Papers), len(r.Officers)), 0)
		if r.Used != 0 {
			x.add("used", doctor.Look, true, "", r.Used)
		}
	}
	if len(r.Unrecoverable) > 0 {
		x.add("beyond", doctor.Bad, true, names(r.Unrecoverable), 0)
	}
	return nil
}

// keysDue says which keys of the node and its desks have to be made anew, to who may see which keys there are.
func (x *examination) keysDue(ctx context.Context) error {
	listed, pins, authority, err := x.listed(ctx)
	if err != nil {
		return err
	}
	all, err := x.Keyring.Inventory(ctx, x.who, listed, pins)
	if fault.Is(err, fault.Denied) {
		return nil
	}
	if err != nil {
		return err
	}
	add := func(is bool, code string, state doctor.State, text string, due frame.Time) {
		if is {
			x.add(code, state, true, text, 0)
			x.due(due)
		}
	}
	add(all.Recovery.Generation == 0, "key.due.officers", doctor.Bad, "", 0)
	add(!authority, "key.due.authority", doctor.Look, "", 0)
	add(slices.ContainsFunc(all.Node, func(k keyring.HeldKey) bool { return k.State == keyring.KeyWaits }), "key.due.roster", doctor.Look, "", 0)
	var old []id.Desk
	for _, k := range all.Intake { // what is due first, first
		if k.Due <= frame.At(x.Config.Now()) {
			old = append(old, k.Desk)
		}
	}
	if len(old) > 0 {
		add(true, "key.due.intake", doctor.Look, names(old), all.Intake[0].Due)
	}
	return nil
}

// listed returns which keys of this node the roster lists, and whether one of them is its authority's.
func (x *examination) listed(ctx context.Context) (keys []id.Key, pins []string, authority bool, err error) {
	held, _, err := x.Members.Roster(ctx, x.who)
	if err != nil && !fault.Is(err, fault.NotFound) { // of no network yet
		return nil, nil, false, err
	}
	for _, m := range held.Signed.Roster.Members {
		if m.ID == x.Member {
			return m.Keys.KeyIDs(), m.Keys.TLS, len(m.Keys.Authority) > 0, nil
		}
	}
	return nil, nil, false, nil
}

// certificate says until when browsers believe this node, where it answers them by itself.
func (x *examination) certificate(context.Context) error {
	if x.Config.TLSCert == "" {
		return nil
	}
	c, err := tls.LoadX509KeyPair(x.Config.TLSCert, x.Config.TLSKey)
	if err != nil || c.Leaf == nil {
		x.add("certificate", doctor.Bad, true, "", 0)
		return nil
	}
	ends := frame.At(c.Leaf.NotAfter)
	state := doctor.Until(ends, frame.At(x.Config.Now()))
	x.add("certificate", state, state != doctor.OK, "", ends)
	x.due(ends)
	return nil
}

func (x *examination) index(ctx context.Context) error {
	behind, err := x.Searches.Behind(ctx, x.who)
	x.add("index", doctor.Look, len(behind) > 0, names(behind), 0)
	return err
}

func (x *examination) network(ctx context.Context) error {
	others := 0
	held, standing, err := x.Members.Roster(ctx, x.who)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil {
		others = len(held.Signed.Roster.Members) - 1
		x.add("roster", doctor.Look, standing != "valid", strconv.FormatInt(held.Signed.Roster.Version, 10), held.Signed.Roster.Expires)
		x.due(held.Signed.Roster.Expires)
		if err := x.queues(ctx); err != nil {
			return err
		}
	}
	log, err := x.Audit.Standing(ctx, x.who, others)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	x.add("log", doctor.Look, log.Warn, fmt.Sprintf("%d / %d", log.Witnessed, log.Size), 0)
	return nil
}

// queues counts what has not arrived at other members.
func (x *examination) queues(ctx context.Context) error {
	health, err := x.Exchange.Health(ctx, x.who)
	if fault.Is(err, fault.Denied) { // at the machine nobody asks for members
		return nil
	}
	var waiting int64
	for _, h := range health {
		waiting += h.Waiting
	}
	x.add("queue", doctor.Look, slices.ContainsFunc(health, func(h exchange.Health) bool { return h.Silent(frame.At(x.Config.Now())) }), strconv.FormatInt(waiting, 10), 0)
	return err
}

func (x *examination) law(context.Context) error {
	open := 0
	for _, i := range x.Law().Items() {
		if !i.Origin.Usable() {
			open++
		}
	}
	x.add("law", doctor.Look, open > 0, strconv.Itoa(open), 0)
	return nil
}

// hearing looks whether anybody would be told of anything.
func (x *examination) hearing(ctx context.Context) error {
	var ways []string
	for _, c := range slices.Sorted(maps.Keys(x.Notices.Senders)) {
		ways = append(ways, string(c))
	}
	x.add("told", doctor.Look, len(ways) == 0, strings.Join(ways, ", "), 0)
	desks, err := x.Notices.Hear(ctx, x.who)
	if fault.Is(err, fault.Denied) { // who may list no accounts
		return nil
	}
	var deaf []string
	for _, h := range desks {
		if len(h.Meant) == len(h.Deaf) {
			deaf = append(deaf, string(h.Desk))
		}
	}
	x.add("deaf", doctor.Look, len(deaf) > 0, strings.Join(deaf, ", "), 0)
	return err
}

// work names the unattended work of this process that failed when it was last tried.
func (x *examination) work(context.Context) error {
	failing := x.Work.Failing()
	x.add("jobs", doctor.Look, len(failing) > 0, strings.Join(failing, ", "), 0)
	return nil
}

func names[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}
