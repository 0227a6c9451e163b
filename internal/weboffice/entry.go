package weboffice

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

// entryModel is one entry of the log and what proves it.
type entryModel struct {
	place  string
	rows   []page.Row
	proven bool
	proof  []page.Row
	save   string
}

func entryPath(at audit.Place) string { return fmt.Sprintf("/audit/%d/%d", at.Epoch(), at.Index()) }

func (v *visit) shown() (audit.Shown, error) {
	epoch, err := strconv.ParseInt(v.R.PathValue("epoch"), 10, 21)
	index, err2 := strconv.ParseInt(v.R.PathValue("index"), 10, 42)
	if err != nil || err2 != nil || epoch < 1 || index < 0 {
		return audit.Shown{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return v.Audit.Show(v.R.Context(), v.By.Actor, audit.At(epoch, index), v.Others())
}

// entry shows one entry of the log: what it says, its leaf, and under which countersigned checkpoint it is proven.
func (v *visit) entry() error {
	x, err := v.shown()
	if err != nil {
		return err
	}
	e := x.Entry
	m := entryModel{place: v.P.Number(x.At.Index()), save: entryPath(x.At) + "/proof"}
	m.rows = []page.Row{
		{Key: page.Key("audit.epoch"), Value: page.Plain(v.P.Number(x.At.Epoch()))},
		{Key: page.Key("audit.time"), Value: v.When(e.Time)},
		{Key: page.Key("audit.who"), Value: page.Plain(v.logWho(e))},
		{Key: page.Key("audit.what"), Value: v.actionName(e.Action), Lines: []page.Msg{page.Plain(string(e.Action)), page.Key("audit.verb." + string(e.Verb))}},
		{Key: page.Key("audit.outcome"), Value: v.logOutcome(e).Text},
	}
	for _, r := range []struct{ key, value string }{
		{"audit.user", string(e.User)}, {"audit.object", e.Object}, {"audit.case", string(e.Case)}, {"audit.purpose", e.Purpose}, {"audit.manifest", e.Manifest},
	} {
		if r.value != "" {
			m.rows = append(m.rows, page.Row{Key: page.Key(r.key), Value: page.Plain(r.value)})
		}
	}
	if len(e.Sealed) > 0 {
		m.rows = append(m.rows, page.Row{Key: page.Key("audit.sealed"), Value: page.Key("audit.sealed.text")})
	}
	m.proof = []page.Row{{Key: page.Key("audit.leaf"), Value: page.Plain(hex.EncodeToString(x.Leaf[:]))}}
	if m.proven = x.Proof != nil; m.proven {
		by := page.Row{Key: page.Key("audit.proof.by"), Value: page.Key("web.none")}
		for i, c := range x.By {
			line := page.Plain(v.P.CountryName(string(c.Member)) + ", " + v.When(c.Time).In(v.P))
			if i == 0 {
				by.Value = line
			} else {
				by.Lines = append(by.Lines, line)
			}
		}
		hashes := page.Row{Key: page.Key("audit.proof.hashes"), Value: page.Key("web.none")}
		for i, h := range x.Proof.Hashes {
			line := page.Plain(hex.EncodeToString(h[:]))
			if i == 0 {
				hashes.Value = line
			} else {
				hashes.Lines = append(hashes.Lines, line)
			}
		}
		m.proof = append(m.proof, page.Row{Key: page.Key("audit.proof.size"), Value: page.Plain(v.P.Number(x.State.Size))}, by,
			page.Row{Key: page.Key("audit.proof.root"), Value: page.Plain(hex.EncodeToString(x.State.Root[:]))}, hashes)
	}
	return v.Show(page.Page{Title: page.Key("audit.entry", "place", m.place), Back: "/audit", Body: entryScreen(v.P, m)})
}

// proof hands out the proof of one entry, with what opens its leaf, as a file.
func (v *visit) proof() error {
	x, err := v.shown()
	if err != nil {
		return err
	}
	if x.Proof == nil {
		return fault.New(fault.NotFound, "audit.proof.none")
	}
	v.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="log-%d-%d.tlog-proof"`, x.At.Epoch(), x.At.Index()))
	return v.Send("text/plain; charset=utf-8", []byte(x.Proof.Text()))
}
