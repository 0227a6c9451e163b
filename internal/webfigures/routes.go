// Package webfigures is the screens of figures: a dashboard for each role that may see figures, what others have published, and one picture with its table, its
// notes and its files.
//
// What is seen of this node is protected before it comes here ([stats.Service.Shown]); counts of referrals are told as a range where they are small.
package webfigures

import (
	"io"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/gallery"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/stats"
)

// Services are the nouns that the screens of figures need.
type Services struct {
	Facts     *stats.Service
	Referrals *referral.Service
}

// visit is one request about figures.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of figures.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /figures", access.ShowFact, (*visit).board)
	m.For("GET /figures/published", access.ShowFact, (*visit).others)
	m.For("GET /figures/{picture}", access.ShowFact, (*visit).one)
	m.For("GET /figures/{picture}/svg", access.ShowFact, (*visit).svg)
	m.For("GET /figures/{picture}/csv", access.ShowFact, (*visit).csv)
	return m.Routes()
}

const (
	homePath   = "/figures"
	othersPath = homePath + "/published"
)

func pathOf(picture string) string { return homePath + "/" + picture }

// shown is what a dashboard has for a role: pictures of this node, and of what was published.
func shown(r access.Role) []string {
	switch r {
	case access.Statistician:
		return []string{"forms", "sexes", "ages"}
	case access.Secretariat:
		return []string{"referral", "waiting", "origin"}
	}
	return []string{"referral", "waiting", "forms", "ages"}
}

// published are the pictures of what others have published.
func published() []string {
	return []string{"figure-65", "trend-form", "trend-sex", "trend-age", "origin"}
}

// boardModel is several pictures under one another.
type boardModel struct {
	title  page.Msg
	text   page.Msg
	line   []page.Row
	cards  []card
	others bool
	board  bool // she may see the board too
}

// card is one picture beside its table.
type card struct {
	gallery.Picture
	svg   string
	table page.Table
	path  string
}

// long reports whether the table would make the page heavy for a telephone: then it stands on the page of the picture only.
func (c card) long() bool { return len(c.Rows) > 12 }

func (v *visit) card(p gallery.Picture) card {
	c := card{Picture: p, svg: string(p.Inside(v.P.Tag())), path: pathOf(p.ID), table: page.Table{Caption: page.Plain(p.Title), Named: true, Empty: page.Key("figure.few")}}
	if p.Said != "" {
		c.table.Empty = page.Plain(p.Said)
	}
	for i, h := range p.Head {
		c.table.Columns = append(c.table.Columns, page.Column{Text: page.Plain(h), Number: i > 0 && p.ID != "referral" && p.ID != "origin" || i == 2})
	}
	for _, row := range p.Rows {
		var cells []page.Cell
		for _, s := range row {
			if s == "" {
				s = v.P.Text("web.none")
			}
			cells = append(cells, page.Cell{Text: page.Plain(s)})
		}
		c.table.Rows = append(c.table.Rows, cells)
	}
	return c
}

// show shows pictures, of which each is made once.
func (v *visit) show(m boardModel, back string, ids []string) error {
	var areas []string
	for _, id := range ids {
		p, err := v.picture(id)
		if err != nil {
			return err
		}
		areas = append(areas, p.Areas...)
		m.cards = append(m.cards, v.card(p))
	}
	return v.Show(page.Page{Title: m.title, Back: back, Countries: areas, Body: boardScreen(v.P, m)})
}

// board is the dashboard of the role of the reader.
func (v *visit) board() error {
	m := boardModel{title: page.Key("figure.home"), text: page.Key("figure.text"), others: true, board: page.May(v.By.Actor, access.BoardReferral)}
	if page.May(v.By.Actor, access.ReadFact) {
		m.text = page.Key("figure.exact")
		if err := v.reported(&m); err != nil {
			return err
		}
	}
	return v.show(m, "/", shown(v.By.Role))
}

// reported says how reporting stands.
func (v *visit) reported(m *boardModel) error {
	spans, err := v.Facts.Spans(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	frozen, err := v.Facts.Snapshots(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	say := func(month stats.Month) string { return v.P.PartialDate(month.Year(), int(month)%12+1, 0) }
	counted, last := page.Key("stats.home.none"), page.Key("stats.home.none")
	if spans.Persons[1] != 0 {
		counted = page.Key("stats.home.span", "from", say(spans.Persons[0]), "to", say(spans.Persons[1]))
	}
	if len(frozen) > 0 {
		last = v.When(frozen[0].At)
	}
	m.line = []page.Row{
		{Key: page.Key("stats.home.persons"), Value: counted},
		{Key: page.Key("figure.frozen"), Value: page.Plain(v.P.Number(int64(len(frozen))))},
		{Key: page.Key("figure.frozen.last"), Value: last},
	}
	return nil
}

// others is what others have published.
func (v *visit) others() error {
	return v.show(boardModel{title: page.Key("figure.others"), text: page.Key("figure.others.text")}, homePath, published())
}

// picture makes one picture.
//
// It fails with [fault.NotFound] if there is none of that name, with [fault.Denied] if the reader may not see it, and as what counts.
func (v *visit) picture(id string) (gallery.Picture, error) {
	switch {
	case id == "origin":
		return gallery.Origins(v.P)
	case slices.Contains(published(), id):
		return v.publishedPicture(id)
	case id == "referral" || id == "waiting":
		return v.referralPicture(id)
	case id == "forms" || id == "sexes" || id == "ages":
		return v.factPicture(id)
	}
	return gallery.Picture{}, fault.New(fault.NotFound, "fault.not-found")
}

func (v *visit) asked() (gallery.Picture, error) { return v.picture(v.R.PathValue("picture")) }

// one is one picture with everything about it.
func (v *visit) one() error {
	p, err := v.asked()
	if err != nil {
		return err
	}
	back := homePath
	if slices.Contains(published(), p.ID) {
		back = othersPath
	}
	return v.Show(page.Page{Title: page.Plain(p.Title), Back: back, Countries: p.Areas, Body: oneScreen(v.P, v.card(p))})
}

func (v *visit) svg() error {
	p, err := v.asked()
	if err != nil {
		return err
	}
	return v.Save("image/svg+xml", "opentrm-"+p.ID+".svg", func(w io.Writer) error {
		_, err := io.Copy(w, strings.NewReader(string(p.SVG(v.P.Tag()))))
		return err
	})
}

func (v *visit) csv() error {
	p, err := v.asked()
	if err != nil {
		return err
	}
	return v.Save("text/csv; charset=utf-8", "opentrm-"+p.ID+".csv", p.CSV)
}
