package webdocket

import (
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/page"
)

// label is the question of a part. What another screen asks by the same word is called as there.
func label(sort, name string) page.Msg {
	switch {
	case slices.Contains([]string{"reference", "channel", "digest", "kind", "state", "day"}, name):
		return page.Key("cooperation." + name)
	case name == "contact":
		return page.Key("cooperation.from-contact")
	case sort == "custody" && (name == "from" || name == "to"):
		return page.Key("docket.ask.custody-" + name)
	}
	return page.Key("docket.ask." + name)
}

// prefix is where the words of the codes of a part stand.
func prefix(sort, name string) string {
	switch name {
	case "kind", "channel":
		return "cooperation." + name + "."
	case "status":
		return "profile.status."
	case "state":
		if sort == "request" {
			return "cooperation.state."
		}
	case "measures":
		return "docket.needs."
	}
	return "docket." + name + "."
}

// say says a value in words.
func (v *visit) say(sort string, p docket.Part, value string) page.Msg {
	if value == "" {
		return page.Key("web.none")
	}
	switch p.Is {
	case "day":
		return v.DayText(value)
	case "country":
		return page.Plain(v.P.CountryName(value))
	case "code":
		return v.Word(prefix(sort, p.Name), value)
	case "codes":
		return v.Words(prefix(sort, p.Name), strings.Fields(value))
	case "tags":
		return v.Named(strings.Fields(value))
	}
	return page.Plain(value)
}

// rows are what an item says, part by part.
func (v *visit) rows(i docket.Item) []page.Row {
	shape, _ := docket.ShapeOf(i.Sort)
	var all []page.Row
	for _, p := range shape.Parts {
		if p.Is == "item" || i.Values[p.Name] == "" {
			continue
		}
		r := page.Row{Key: label(i.Sort, p.Name), Value: v.say(i.Sort, p, i.Values[p.Name])}
		if p.Name == "state" {
			r.Tag = v.tag(i)
		}
		all = append(all, r)
	}
	return all
}

// tag is how an item stands; nil of one that has no state.
func (v *visit) tag(i docket.Item) *page.Tag {
	state := i.Values["state"]
	if state == "" {
		return nil
	}
	t := page.Tag{Text: v.Word(prefix(i.Sort, "state"), state), Tone: page.Calm}
	shape, _ := docket.ShapeOf(i.Sort)
	switch {
	case slices.Contains(shape.Live, state):
		t.Tone = page.Waiting
	case slices.Contains([]string{"missed", "refused"}, state):
		t.Tone = page.Late
	case slices.Contains([]string{"cancelled", "left", "closed", "withdrawn"}, state):
		t.Tone = page.Off
	case slices.Contains([]string{"held", "met", "returned", "granted", "paid", "applied", "executed", "answered"}, state):
		t.Tone = page.Good
	}
	return &t
}

// name is what an item is called where it stands alone.
func (v *visit) name(i docket.Item) page.Msg {
	shape, _ := docket.ShapeOf(i.Sort)
	first := shape.Parts[0]
	if i.Sort == "custody" {
		first = shape.Parts[1]
	}
	return page.Key("docket.named", "sort", page.Key("docket.one."+i.Sort).In(v.P), "name", v.say(i.Sort, first, i.Values[first.Name]).In(v.P))
}
