package node

import (
	"context"
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
		func(ctx context.Context) error { return x.database(ctx, read) }, x.backups, x.recovery, x.index, x.network, x.law, x.hearing, x.work,
	} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return x.all, nil
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
