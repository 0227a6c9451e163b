package webnetwork

import (
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/publication"
)

// stays is the audience of a report that this office keeps to itself. It is no value of the format: a record with it could not be published.
const stays = "own"

func keptAt(p id.Publication) string { return "/kept/" + string(p) }

// keptModel is a record that this office keeps to itself.
type keptModel struct {
	record  recordModel
	action  string
	version string
}

// keep keeps a report in this office, where that was asked for.
func (v *visit) keep(kind publication.Kind, body publication.Body) error {
	body.Set("audience", "network") // as it would be published
	raw, err := body.Bytes()
	if err != nil {
		return err
	}
	h, err := v.Publications.Keep(v.R.Context(), v.By, publication.Home{Kind: kind, Body: raw})
	if err != nil {
		return err
	}
	return v.To(keptAt(h.ID), "override")
}

func (v *visit) oneKept() (publication.Home, error) {
	all, err := v.Publications.AtHome(v.R.Context(), v.By.Actor)
	if err != nil {
		return publication.Home{}, err
	}
	for _, h := range all {
		if h.ID == v.which() {
			return h, nil
		}
	}
	return publication.Home{}, fault.New(fault.NotFound, "publication.none")
}

func (v *visit) kept() error {
	h, err := v.oneKept()
	if err != nil {
		return err
	}
	m := keptModel{action: keptAt(h.ID), version: strconv.FormatInt(h.Version, 10)}
	k := publication.Kept{Signed: publication.Signed{Record: publication.Record{ID: h.ID, Kind: h.Kind, Member: v.Site.Member, Body: h.Body}}}
	m.record = recordModel{title: v.called(k), kind: v.Word("publication.kind.", string(h.Kind)), tag: &page.Tag{Text: page.Key("publication.kept.tag"), Tone: page.Waiting}}
	body := publication.ReadBody(h.Body)
	for _, p := range publication.ShapeOf(h.Kind) {
		if p.Name != "audience" {
			v.say(&m.record, p, body)
		}
	}
	return v.Show(page.Page{Title: m.record.kind, Back: followPath, Countries: countriesOf(k), Body: keptScreen(v.P, m)})
}

// settleKept publishes what was kept, or throws it away.
func (v *visit) settleKept() error {
	p := v.which()
	if v.Field("do") == "discard" {
		if err := v.Publications.Discard(v.R.Context(), v.By.Actor, p, v.Version()); err != nil {
			return err
		}
		return v.To(followPath, "override")
	}
	k, err := v.Publications.Release(v.R.Context(), v.By, p, v.Version())
	if err != nil {
		return err
	}
	return v.To(pathOf(k.Record.ID), "published")
}

// atHome lists what this office keeps to itself, for whoever may publish it.
func (v *visit) atHome() (page.Table, error) {
	t := page.Table{Caption: page.Key("publication.kept"), Columns: []page.Column{{Text: page.Key("publication.title")}, {Text: page.Key("publication.kind")}, {Text: page.Key("publication.at")}}}
	if !page.May(v.By.Actor, access.WritePublication) {
		return t, nil
	}
	all, err := v.Publications.AtHome(v.R.Context(), v.By.Actor)
	for _, h := range all {
		k := publication.Kept{Signed: publication.Signed{Record: publication.Record{ID: h.ID, Kind: h.Kind, Member: v.Site.Member, Body: h.Body}}}
		t.Rows = append(t.Rows, []page.Cell{{Text: v.called(k), Path: keptAt(h.ID)}, {Text: v.Word("publication.kind.", string(h.Kind))}, {Text: v.When(h.At)}})
	}
	return t, err
}
