// Package webdocket is the screens of the joint case board of prosecutors: the boards of a desk, one board on one page, one thing on it with its history, the form by which it
// is written, the calendar file and the proof.
//
// What an entry says is asked and shown by its shape, so that one form and one table serve every sort. The map is in [Services.Routes].
package webdocket

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
)

// Services are the nouns that the screens of boards need.
type Services struct {
	Dockets *docket.Service
	Members *member.Service
}

// visit is one request about a board.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of boards.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /dockets", access.ListDocket, (*visit).list)
	m.For("GET /dockets/new", access.BeginDocket, (*visit).beginForm)
	m.For("POST /dockets/new", access.BeginDocket, (*visit).begin)
	m.For("GET /dockets/{board}", access.ReadDocket, (*visit).board)
	m.For("GET /dockets/{board}/calendar", access.ReadDocket, (*visit).calendar)
	m.For("GET /dockets/{board}/proof", access.ReadDocket, (*visit).proof)
	m.For("GET /dockets/{board}/item/{item}", access.ReadDocket, (*visit).item)
	m.For("GET /dockets/{board}/write/{sort}/{item}", access.WriteDocket, (*visit).writeForm)
	m.For("POST /dockets/{board}/write/{sort}/{item}", access.WriteDocket, (*visit).write)
	m.For("POST /dockets/{board}/again", access.WriteDocket, (*visit).again)
	m.For("POST /dockets/{board}/erase", access.EraseDocket, (*visit).erase)
	return m.Routes()
}

func (v *visit) which() id.Thread { return id.Thread(v.R.PathValue("board")) }

func pathOf(board id.Thread) string { return "/dockets/" + string(board) }

func (v *visit) opened() (docket.File, error) {
	return v.Dockets.Open(v.R.Context(), v.By, v.which())
}

// list shows the boards of the desk.
func (v *visit) list() error {
	before := id.Thread(v.R.URL.Query().Get("after"))
	all, next, err := v.Dockets.List(v.R.Context(), v.By.Actor, before, page.PerPage)
	if err != nil {
		return err
	}
	m := listModel{may: page.May(v.By.Actor, access.BeginDocket), table: page.Table{
		Caption: page.Key("docket.list"), Named: true, Empty: page.Key("docket.none"),
		Columns: []page.Column{{Text: page.Key("cooperation.reference")}, {Text: page.Key("docket.root")}, {Text: page.Key("docket.since")}},
	}}
	for _, r := range all {
		name := page.Cell{Text: page.Plain(string(r.Reference)), Path: pathOf(r.ID)}
		if r.Erased {
			name.Path, name.Tag = "", &page.Tag{Text: page.Key("cooperation.state.erased"), Tone: page.Off}
		}
		m.table.Rows = append(m.table.Rows, []page.Cell{name, {Text: page.Plain(r.Root.String())}, {Text: v.When(r.At)}})
	}
	if next != "" {
		m.pages.Next = "/dockets?after=" + string(next)
	}
	if before != "" {
		m.pages.Previous = "/dockets"
	}
	return v.Show(page.Page{Title: page.Key("docket.list"), Body: listScreen(v.P, m)})
}

func (v *visit) again() error {
	if err := v.Dockets.Resend(v.R.Context(), v.By, v.which()); err != nil {
		return err
	}
	return v.To(pathOf(v.which()), "docket-kept")
}

func (v *visit) erase() error {
	if err := v.Dockets.Erase(v.R.Context(), v.By, v.which()); err != nil {
		return err
	}
	return v.To("/dockets", "cooperation-erased")
}

// proof saves the entries of the board, by which others can check where evidence went.
func (v *visit) proof() error {
	f, err := v.opened()
	if err != nil {
		return err
	}
	b, err := f.Proof()
	if err != nil {
		return err
	}
	v.Header().Set("Content-Disposition", `attachment; filename="board.json"`)
	return v.Send("application/json", b)
}
