package directory

import (
	"maps"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// places goes through the locations of the file. What is confidential stays so, whatever the file says; what was public is sealed once the
// organisation offers accommodation.
func (m *merging) places() {
	shelter, hide := m.read.shelters(m.body.Services), m.read.hides(m.how, m.body.Services)
	met := map[string]bool{}
	for _, x := range m.read.places {
		if x.source != "" && slices.Contains(m.st.Gone, mark(m.row.ID, x.source)) {
			m.differs(x.item, "directory.import.removed")
			continue
		}
		if i := m.hiddenPlace(x, met); i >= 0 {
			m.hiddenAgain(x, i)
			met[m.hidden[i].ID] = true
			continue
		}
		which := m.publicPlace(x, met)
		met[which] = true
		i := slices.IndexFunc(m.body.Places, func(p Place) bool { return p.ID == which })
		switch {
		case which == "" && len(m.body.Places)+len(m.hidden) >= maxPlaces:
			m.items[x.item] = m.items[x.item].refused(fault.New(fault.TooLarge, "directory.many").With("field", "places"))
		case which == "":
			m.newPlace(x, hide, met)
		case i < 0:
			m.differs(x.item, "directory.import.removed")
		case end(m.st.Ends, PublicPlace, which) != nil:
			m.differs(x.item, "directory.import.ended")
		default:
			m.publicAgain(x, i, shelter, met)
		}
	}
}

// newPlace takes a location that is not known.
func (m *merging) newPlace(x part[Place], hide bool, met map[string]bool) {
	x.value.ID = id.Ordered[string](m.s.IDs)
	from := origin{Source: x.source, Base: x.value.digest()}
	m.dirty, m.taken, met[x.value.ID] = true, true, true
	m.items[x.item].Confidential = hide
	if !hide {
		m.body.Places, m.st.Places[x.value.ID] = append(m.body.Places, x.value), from
		return
	}
	m.hidden, m.sealed = append(m.hidden, kept{x.value, from}), true
}

// hiddenAgain compares a location with the confidential place that it is.
func (m *merging) hiddenAgain(x part[Place], i int) {
	k := &m.hidden[i]
	before := *k
	if m.judge(x.item, &k.origin, k.Place.digest(), x.value.digest()) {
		x.value.ID = k.ID
		k.Place, m.erase = x.value, true
	}
	k.Source = x.source
	if m.items[x.item].Confidential = true; *k != before {
		m.dirty, m.sealed = true, true
	}
}

// publicAgain compares a location with the public place that it is. That of a shelter goes under the seal.
func (m *merging) publicAgain(x part[Place], i int, shelter bool, met map[string]bool) {
	which := m.body.Places[i].ID
	from := m.st.Places[which]
	came := from.Source != ""
	if m.judge(x.item, &from, m.body.Places[i].digest(), x.value.digest()) {
		x.value.ID = which
		m.body.Places[i] = x.value
	}
	from.Source = x.source
	m.st.Places[which] = from
	if !shelter || !came || m.items[x.item].Result == Differs {
		return
	}
	p := m.body.Places[i]
	m.body.Places = slices.Delete(m.body.Places, i, i+1)
	delete(m.st.Places, which)
	p.ID = id.Ordered[string](m.s.IDs)
	m.hidden, met[p.ID] = append(m.hidden, kept{p, from}), true
	m.items[x.item].Result, m.items[x.item].Confidential = Changed, true
	m.sealed, m.dirty, m.taken = true, true, true
}

// hiddenPlace finds a location of the file among the confidential places; -1 if it is none of them.
func (m *merging) hiddenPlace(x part[Place], met map[string]bool) int {
	for _, same := range []func(kept) bool{
		func(k kept) bool { return x.source != "" && (k.Source == x.source || k.ID == x.source) },
		func(k kept) bool { return k.Source == "" && k.Place.digest() == x.value.digest() },
		func(k kept) bool {
			return k.Source == "" && k.Name == x.value.Name && k.Address.Line1 == x.value.Address.Line1
		},
	} {
		if i := slices.IndexFunc(m.hidden, func(k kept) bool { return !met[k.ID] && same(k) }); i >= 0 {
			return i
		}
	}
	return -1
}

// publicPlace finds it among the public ones, as [merging.service] does.
func (m *merging) publicPlace(x part[Place], met map[string]bool) string {
	if x.source != "" {
		for _, known := range slices.Sorted(maps.Keys(m.st.Places)) {
			if m.st.Places[known].Source == x.source {
				return known
			}
		}
		if slices.ContainsFunc(m.body.Places, func(p Place) bool { return p.ID == x.source }) {
			return x.source
		}
	}
	for _, same := range []func(Place) bool{
		func(p Place) bool { return p.digest() == x.value.digest() },
		func(p Place) bool { return p.Name == x.value.Name && p.Address.Line1 == x.value.Address.Line1 },
	} {
		for _, p := range m.body.Places {
			if !met[p.ID] && m.st.Places[p.ID].Source == "" && same(p) {
				return p.ID
			}
		}
	}
	return ""
}

// absentPlaces reports places that came from the file and are not in it any more.
func (m *merging) absentPlaces() {
	for _, p := range m.body.Places {
		source := m.st.Places[p.ID].Source
		if m.names("location", source) || end(m.st.Ends, PublicPlace, p.ID) != nil {
			continue
		}
		if item := m.absent("location", source); m.how.Complete && m.leaves(item) {
			m.ends(PublicPlace, p.ID)
		}
	}
	m.hidden = slices.DeleteFunc(m.hidden, func(k kept) bool {
		if m.names("location", k.Source) {
			return false
		}
		item := m.absent("location", k.Source)
		m.items[item].Confidential = true
		if !m.how.Complete || !m.leaves(item) {
			return false
		}
		m.st.Gone = append(m.st.Gone, mark(m.row.ID, k.Source))
		m.ends(HiddenPlace, k.ID)
		m.sealed, m.erase = true, true
		return true
	})
}

// leaves reports whether a location that is not in the file any more has ended.
func (m *merging) leaves(item int) bool {
	newer := m.confirmed() && !m.fresher()
	if newer && !m.how.Overwrite {
		m.differs(item, "directory.import.newer")
		return false
	}
	m.items[item].Result, m.items[item].Over = Ended, newer
	return true
}
