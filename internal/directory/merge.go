package directory

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// merging is an organisation that is kept here while a file that names it is taken.
type merging struct {
	s     *Service
	read  *read
	how   Reading
	row   Row
	st    state
	body  Body
	items []Item

	hidden        []kept // confidential places
	sealed, erase bool   // they are to be sealed anew; something that lay there is there no more
	dirty         bool   // something is to be kept
	taken         bool   // something was taken from the file
	stopped       []id.Service
}

// merge brings an organisation up to date with a file.
func (s *Service) merge(ctx context.Context, by keyring.Bearer, o id.Organisation, r *read, how Reading) error {
	nothing := fault.New(fault.Conflict, "directory.import.nothing")
	var items []Item
	err := s.Write(ctx, audit.Did(by.Actor, access.ImportDirectory, string(o)), func(tx Tx) error {
		m := merging{s: s, read: r, how: how, items: slices.Clone(r.items)}
		var err error
		if m.row, err = found(ctx, tx, o); err != nil {
			return err
		}
		for i := range m.items {
			m.items[i].Organisation = string(o)
		}
		if m.st, m.body, err = insideOf(m.row); err != nil {
			return err
		}
		if shut := m.closed(by); shut != nil {
			items = []Item{*shut}
			return nothing
		}
		if err := m.run(ctx, tx, by); err != nil {
			return err
		}
		if items = m.items; !m.dirty {
			return nothing
		}
		return m.keep(ctx, tx, by)
	})
	if err != nil && !errors.Is(err, nothing) {
		return err
	}
	r.items = items
	return nil
}

// closed is what is reported of an organisation that cannot be changed by a file.
func (m *merging) closed(by keyring.Bearer) *Item {
	head := m.items[0]
	switch {
	case m.row.Desk != by.Desk:
		head = head.refused(fault.New(fault.Denied, "directory.import.desk"))
	case m.st.Moving != nil:
		head = head.refused(fault.New(fault.Conflict, "directory.moving"))
	case end(m.st.Ends, Whole, "") != nil:
		head.Result, head.Key = Differs, "directory.import.ended"
	default:
		return nil
	}
	head.Left = nil
	return &head
}

func (m *merging) run(ctx context.Context, tx Tx, by keyring.Bearer) error {
	var err error
	if m.row, m.hidden, err = m.s.open(ctx, tx, by, m.row); err != nil {
		return err
	}
	ours := m.body.digest()
	if m.judge(0, &m.st.Head, ours, m.read.body.digest()) {
		next := m.read.body
		next.Services, next.Places = m.body.Services, m.body.Places
		m.body = next
	}
	m.st.Head.Source = m.read.source
	m.services()
	m.places()
	if m.read.understood("service") {
		m.absentServices()
	}
	if m.read.understood("location") {
		m.absentPlaces()
	}
	return nil
}

// judge says what becomes of a part for which the file has something to say, and reports whether it is taken over. From is what is known of
// it from the file; ours and theirs are digests.
func (m *merging) judge(item int, from *origin, ours, theirs string) bool {
	i := &m.items[item]
	i.Result = Unchanged
	switch {
	case ours == theirs:
		m.dirty = m.dirty || from.Base != theirs || from.Held
		from.Base, from.Held = theirs, false
	case from.Base == theirs: // somebody changed it here, and the file has nothing new to say
		m.dirty = m.dirty || from.Held
		from.Held = false
	case m.mayTake(*from, ours), m.how.Overwrite:
		i.Result, i.Over = Changed, !m.mayTake(*from, ours)
		from.Base, from.Held = theirs, false
		m.dirty, m.taken = true, true
		return true
	default:
		i.Result, i.Key = Differs, "directory.import.newer"
		m.dirty = m.dirty || !from.Held
		from.Held = true
	}
	i.Left = nil
	return false
}

// mayTake reports whether nothing that stands here is newer than the file.
func (m *merging) mayTake(from origin, ours string) bool {
	return m.fresher() || !from.Held && !m.confirmed() && (from.Base == "" || from.Base == ours)
}

// confirmed reports whether somebody has confirmed or changed the record here since the file was last taken.
func (m *merging) confirmed() bool { return m.row.Verified > m.st.Taken }

// fresher reports whether the file was confirmed on a later day than the record here.
func (m *merging) fresher() bool {
	return m.row.Verified != 0 && m.read.assured > m.row.Verified.Time().UTC().Format(time.DateOnly)
}

func (m *merging) differs(item int, key string) {
	m.items[item].Result, m.items[item].Key, m.items[item].Left = Differs, key, nil
}

// services goes through the services of the file.
func (m *merging) services() {
	met := map[id.Service]bool{}
	for _, x := range m.read.services {
		which := m.service(x, met)
		i := slices.IndexFunc(m.body.Services, func(o Offer) bool { return o.ID == which })
		switch {
		case which == "" && len(m.body.Services) >= maxOffers:
			m.items[x.item] = m.items[x.item].refused(fault.New(fault.TooLarge, "directory.many").With("field", "services"))
		case which == "":
			x.value.ID = id.Ordered[id.Service](m.s.IDs)
			m.body.Services = append(m.body.Services, x.value)
			m.st.Services[x.value.ID] = origin{Source: x.source, Base: x.value.digest()}
			m.dirty, m.taken, met[x.value.ID] = true, true, true
		case i < 0:
			m.differs(x.item, "directory.import.removed")
		case end(m.st.Ends, OneService, string(which)) != nil:
			m.differs(x.item, "directory.import.ended")
		default:
			from := m.st.Services[which]
			if m.judge(x.item, &from, m.body.Services[i].digest(), x.value.digest()) {
				x.value.ID = which
				m.body.Services[i] = x.value
			}
			from.Source = x.source
			m.st.Services[which] = from
		}
		met[which] = true
	}
	for _, x := range m.read.stopped {
		which := m.service(x, met)
		if i := slices.IndexFunc(m.body.Services, func(o Offer) bool { return o.ID == which }); which != "" && i >= 0 {
			m.stop(x.item, which)
		}
	}
}

// stop ends a service because the file says so, or has it no more.
func (m *merging) stop(item int, which id.Service) {
	i := &m.items[item]
	i.Key, i.Field, i.Left = "", "", nil
	switch {
	case end(m.st.Ends, OneService, string(which)) != nil:
		i.Result = Unchanged
	case m.confirmed() && !m.fresher() && !m.how.Overwrite:
		m.differs(item, "directory.import.newer")
	default:
		i.Result, i.Over = Ended, m.confirmed() && !m.fresher()
		m.ends(OneService, string(which))
		m.stopped = append(m.stopped, which)
	}
}

func (m *merging) ends(p Part, which string) {
	now := m.s.now()
	m.st.Ends = append(m.st.Ends, End{Part: p, ID: which, Reason: byFile, On: now.Time().UTC().Format(time.DateOnly), At: now})
	m.dirty, m.taken = true, true
}

// service finds a service of the file among those that are kept: by its identifier, or one that came from no file and says the same, or is
// called the same. It returns "" if there is none.
func (m *merging) service(x part[Offer], met map[id.Service]bool) id.Service {
	if x.source != "" {
		for _, known := range slices.Sorted(maps.Keys(m.st.Services)) {
			if m.st.Services[known].Source == x.source {
				return known
			}
		}
		if slices.ContainsFunc(m.body.Services, func(o Offer) bool { return string(o.ID) == x.source }) {
			return id.Service(x.source)
		}
	}
	for _, same := range []func(Offer) bool{
		func(o Offer) bool { return o.digest() == x.value.digest() },
		func(o Offer) bool { return o.Code == x.value.Code && o.Name == x.value.Name },
	} {
		for _, o := range m.body.Services {
			if !met[o.ID] && m.st.Services[o.ID].Source == "" && same(o) {
				return o.ID
			}
		}
	}
	return ""
}

// absent reports what came from the file before and is not in it any more. It returns the number of what is reported.
func (m *merging) absent(kind, source string) int {
	m.items = append(m.items, Item{
		Number: m.items[0].Number, Kind: kind, Source: source, Result: Missing, Organisation: string(m.row.ID),
	})
	return len(m.items) - 1
}

// names reports whether the file still names what it gave a source.
func (m *merging) names(kind, source string) bool {
	return source == "" || slices.ContainsFunc(m.read.items, func(i Item) bool { return i.Kind == kind && i.Source == source })
}

func (m *merging) absentServices() {
	for _, o := range m.body.Services {
		source := m.st.Services[o.ID].Source
		if m.names("service", source) || end(m.st.Ends, OneService, string(o.ID)) != nil {
			continue
		}
		if item := m.absent("service", source); m.how.Complete {
			m.stop(item, o.ID)
		}
	}
}

// keep writes down what has changed, and tells the desks whose plans name a service that has ended.
func (m *merging) keep(ctx context.Context, tx Tx, by keyring.Bearer) (err error) {
	if m.taken {
		m.row.Verified, m.st.Taken = 0, m.s.now()
	}
	if m.row.Body, err = json.Marshal(m.body); err != nil {
		return fault.Wrap(fault.Internal, "directory.row", err)
	}
	if m.row.State, err = m.st.bytes(); err != nil {
		return err
	}
	if m.erase {
		if m.row, err = m.s.destroy(ctx, tx, m.row); err != nil {
			return err
		}
	}
	if m.sealed {
		if m.row, err = m.s.shut(ctx, tx, by, m.row, m.hidden); err != nil {
			return err
		}
	}
	if err := tx.SetOrganisation(ctx, m.row); err != nil {
		return err
	}
	for _, service := range m.stopped {
		if err := m.s.warn(ctx, tx, m.row.ID, service); err != nil {
			return err
		}
	}
	return nil
}
