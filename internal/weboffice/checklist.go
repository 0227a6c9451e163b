package weboffice

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/sorting"
)

const checklistPath = "/profile/checklist"

// checklistModel is what the national administrator confirms before the node is used for real.
type checklistModel struct {
	done  page.Msg
	open  bool
	items []page.Item // what to confirm first
	parts []lawPart   // everything else
}

// lawPart is what the checklist has about one thing, folded until it is asked for.
type lawPart struct {
	id, name, count string // confirmed of all
	items           []page.Item
}

// firstLines is how many items stand unfolded: what is still to confirm.
const firstLines = 5

// lawParts returns the parts of the checklist in their order, each with its name.
func lawParts() [][2]string {
	return [][2]string{
		{"clock", "profile.group.clock"}, {"identification", "profile.group.identification"}, {"retention", "retention.title"}, {"rule", "register.transfers"}, {"other", "profile.group.other"},
	}
}

// partOfLaw returns the part to which an item belongs by its key.
func partOfLaw(key string) string {
	_, rest, _ := strings.Cut(key, "/")
	switch kind, _, _ := strings.Cut(rest, "."); kind {
	case "clock", "pair":
		return "clock"
	case "identification", "retention":
		return kind
	case "rule", "basis", "refusal":
		return "rule"
	}
	return "other"
}

// lines returns the checklist of this member: what is still to confirm first.
func (v *visit) lines() ([]profile.Line, error) {
	set, lapsed, err := v.Profile.Current(v.R.Context())
	if err != nil {
		return nil, err
	}
	lines, err := set.Checklist(v.Site.Member, lapsed)
	sorting.Stable(lines, func(a, b profile.Line) int {
		return map[bool]int{true: 1}[a.Standing == profile.Done] - map[bool]int{true: 1}[b.Standing == profile.Done]
	})
	return lines, err
}

func (v *visit) checklist() error {
	lines, err := v.lines()
	if err != nil {
		return err
	}
	done := 0
	for _, l := range lines {
		if l.Standing == profile.Done {
			done++
		}
	}
	m := checklistModel{open: done < len(lines), done: page.Key("profile.checklist", "done", strconv.Itoa(done), "of", strconv.Itoa(len(lines)))}
	sure, of := map[string]int64{}, map[string]int64{}
	rest := map[string][]page.Item{}
	for _, l := range lines {
		item := page.Item{
			Path: checklistPath + "/item?key=" + url.QueryEscape(l.Key), Title: v.lineTitle(l), Hint: page.Plain(v.P.Text("profile.item.source", "source", l.Origin.Source)), State: standingTag(l),
		}
		part := partOfLaw(l.Key)
		of[part]++
		if l.Standing == profile.Done {
			sure[part]++
		} else if len(m.items) < firstLines {
			m.items = append(m.items, item)
			continue
		}
		rest[part] = append(rest[part], item)
	}
	for _, part := range lawParts() {
		if items := rest[part[0]]; len(items) > 0 {
			m.parts = append(m.parts, lawPart{part[0], v.P.Text(part[1]), v.P.Number(sure[part[0]]) + " / " + v.P.Number(of[part[0]]), items})
		}
	}
	return v.Show(page.Page{Title: page.Key("profile.checklist.title"), Countries: []string{string(v.Site.Member)}, Body: checklistScreen(v.P, m)})
}

func (v *visit) lineTitle(l profile.Line) page.Msg {
	if l.Text == "" {
		return page.Plain(l.Key)
	}
	return v.Word("", l.Text)
}

func standingTag(l profile.Line) page.Tag {
	tone := map[profile.Standing]page.Tone{profile.Open: page.Waiting, profile.Lapsed: page.Late, profile.Done: page.Good}[l.Standing]
	return page.Tag{Text: page.Key("profile.standing." + string(l.Standing)), Tone: tone}
}

// lineModel is one item with everything that it says.
type lineModel struct {
	title   page.Msg
	tag     page.Tag
	rows    []page.Row
	key     string
	digest  string
	raw     string           // the content as it stands in the data
	confirm *page.Checkboxes // nil: nothing to confirm for who asks
}

func (v *visit) checklistItem() error { return v.showLine(v.R.URL.Query().Get("key"), 0, nil) }

func (v *visit) showLine(key string, status int, errors []page.Error) error {
	lines, err := v.lines()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(lines, func(l profile.Line) bool { return l.Key == key })
	if i < 0 {
		return fault.New(fault.NotFound, "profile.confirm.item")
	}
	l := lines[i]
	m := lineModel{title: v.lineTitle(l), tag: standingTag(l), key: l.Key, digest: l.Digest}
	m.rows = []page.Row{
		{Key: page.Key("profile.item.source-of"), Value: page.Plain(l.Origin.Source), Lines: []page.Msg{page.Plain(l.Origin.Citation)}},
		{Key: page.Key("profile.item.key"), Value: page.Plain(l.Key)},
	}
	m.rows, m.raw = append(m.rows, v.inWords(l.Content)...), whole(l.Content)
	m.rows = append(m.rows, follows(l.Key, l.Standing))
	switch l.Standing {
	case profile.Done:
		m.rows = append(m.rows, page.Row{Key: page.Key("profile.standing.confirmed"), Value: page.Plain(string(l.Origin.ConfirmedBy)), Lines: []page.Msg{v.DayText(string(l.Origin.ConfirmedOn))}})
	case profile.Lapsed:
		m.rows = append(m.rows, page.Row{Key: page.Key("profile.standing.lapsed"), Value: page.Plain(string(l.Before.By)), Lines: []page.Msg{v.DayText(string(l.Before.On))}})
	}
	if l.Standing != profile.Done && page.May(v.By.Actor, access.ConfirmProfile) {
		m.confirm = &page.Checkboxes{
			Field:   page.Field{ID: "read", Label: page.Key("profile.item.confirm"), Hint: page.Key("profile.item.confirm.hint"), Error: page.ErrorAt(errors, "read")},
			Choices: []page.Choice{{Value: "yes", Text: page.Key("profile.item.read")}},
		}
	}
	return v.Show(page.Page{
		Status: status, Title: m.title, Back: checklistPath, Errors: errors, Countries: []string{string(v.Site.Member)}, Body: lineScreen(v.P, m),
	})
}

func (v *visit) confirmLine() error {
	key := v.Field("key")
	if v.Field("read") != "yes" {
		return v.showLine(key, page.StatusOf(fault.Invalid), []page.Error{{Field: "read", Text: page.Key("profile.item.unread")}})
	}
	err := v.Profile.Confirm(v.R.Context(), v.By.Actor, key, v.Field("digest"))
	if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) {
		return v.showLine(key, page.StatusOf(fault.KindOf(err)), []page.Error{{Text: page.Plain(v.P.Fault(err))}})
	}
	if err != nil {
		return err
	}
	return v.To(checklistPath, "law")
}
